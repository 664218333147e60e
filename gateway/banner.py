"""The banner on every page of the console while the emergency switch is on."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress

from aiohttp import web

from conversations.events import EventKind
from conversations.ids import UserId
from conversations.people import User
from desk.automatic import in_language
from gateway.api.codec import dump
from gateway.words import translate
from runtime.services import Services
from storage import emergency, people
from storage.database import Connection
from storage.emergency import Emergency

_SWITCHED = frozenset((EventKind.EMERGENCY_BEGAN, EventKind.EMERGENCY_ENDED))

Screens = Mapping[web.WebSocketResponse, UserId]


class Banner:
    """Shown on the screens of this process."""

    def __init__(self, services: Services, screens: Screens) -> None:
        self._database = services.database
        self._feed = services.feed
        self._screens = screens

    async def run(self) -> None:
        """Show and hide it whenever the switch moves, until cancelled."""
        async for batch in self._feed.follow():
            if any(event.kind in _SWITCHED for event in batch):
                await self._show(dict(self._screens))

    async def greet(self, socket: web.WebSocketResponse, user_id: UserId) -> None:
        """A screen that opens shows what is so now. Raises `DatabaseUnavailable`."""
        await self._show({socket: user_id})

    async def _show(self, screens: Screens) -> None:
        on, users = await self._database.read(_now, screens.values())
        await asyncio.gather(
            *(_send(socket, words(on, users[user].language)) for socket, user in screens.items() if user in users)
        )


def words(on: Emergency | None, language: str) -> list[str]:
    """What the banner says: what is going on, what customers are told, and why; nothing when it is off."""
    if on is None:
        return []
    title = translate(language, "Emergency: everybody who waits or writes is told this")
    return [title, in_language(on.texts, language), on.reason]


def _now(connection: Connection, ids: Iterable[UserId]) -> tuple[Emergency | None, dict[UserId, User]]:
    return emergency.current(connection), people.many(connection, ids)


async def _send(socket: web.WebSocketResponse, said: list[str]) -> None:
    # A screen that is gone or slow must not keep this from the others.
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(1):
            await socket.send_str(dump({"emergency": said}).decode())
