"""Who is here: noted again and again while a line is open, so that what somebody misses can follow them by mail."""

import asyncio
import logging

from gateway.webchat.hub import Hub
from runtime.services import Services
from storage import mailboxes
from storage.database import DatabaseUnavailable

log = logging.getLogger(__name__)

NOTE_EVERY = 60.0
"""Seconds."""


async def note_presence(services: Services, hub: Hub) -> None:
    """Note who is here until cancelled."""
    while True:
        await asyncio.sleep(NOTE_EVERY)
        try:
            await see(services, hub)
        except DatabaseUnavailable as error:
            log.info("nobody notes who is here: %s", error)


async def see(services: Services, hub: Hub) -> None:
    """Note whose line to this process is open."""
    here = {line.address for line in hub.lines()}
    if here:
        await services.database.write(mailboxes.see, here, services.clock())
