"""Fetching: files that providers keep for a few days only are brought home at once."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from conversations.clock import Clock
from conversations.errors import NotSendable, Rejected, SendError, WindowClosed
from conversations.events import Event, EventKind
from conversations.parts import Media
from exchange.accounts import AccountBook
from exchange.delivery import PATIENCE, pause_before
from storage import fetches, messages
from storage import files as file_rows
from storage.database import Database, DatabaseUnavailable, Transaction
from storage.fetches import Fetch
from storage.files import Files

log = logging.getLogger(__name__)

ATTEMPTS = 12
LEASE = timedelta(minutes=2)
"""A file whose fetcher died is due again after this."""

_GONE = (Rejected, WindowClosed, NotSendable)
"""The provider has no such file, or none that we can read. All else may pass: reading does nothing twice."""


class Fetcher:
    """Empties the list of files to fetch."""

    def __init__(self, database: Database, files: Files, accounts: AccountBook, clock: Clock) -> None:
        self._database = database
        self._files = files
        self._accounts = accounts
        self._clock = clock
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """A file may be due: look now."""
        self._bell.set()

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            self._bell.clear()
            try:
                await self.drain()
            except DatabaseUnavailable as error:
                log.warning("files cannot be fetched without the database: %s", error)
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def drain(self) -> None:
        """Fetch everything that is due."""
        now = self._clock()
        while taken := await self._database.write(fetches.take, now, now + LEASE):
            await asyncio.gather(*map(self._fetch, taken))

    async def _fetch(self, fetch: Fetch) -> None:
        message = await self._database.read(messages.get, fetch.message_id)
        endpoint = self._accounts.get(fetch.account_id)
        part = None if message is None else message.parts[fetch.position]
        if endpoint is None or not isinstance(part, Media):
            await self._database.write(_lose, fetch, "its account is gone", self._clock())
            return
        try:
            fetched = await endpoint.channel.fetch_media(part)
        except SendError as error:
            await self._failed(fetch, error)
            return
        digest = await self._files.save(fetched.content)
        stored = replace(fetched, digest=digest, size=len(fetched.content), content=b"")
        await self._database.write(_keep, fetch, stored, self._clock())

    async def _failed(self, fetch: Fetch, error: SendError) -> None:
        if fetch.attempt < ATTEMPTS and not isinstance(error, _GONE):
            due = self._clock() + pause_before(fetch.attempt + 1)
            await self._database.write(fetches.postpone, fetch.id, due, str(error))
        else:
            log.warning("a file of message %s is lost: %s", fetch.message_id, error)
            await self._database.write(_lose, fetch, str(error), self._clock())


def _keep(transaction: Transaction, fetch: Fetch, stored: Media, now: datetime) -> None:
    file_rows.register(transaction, [stored], now)
    fetches.settle(transaction, fetch.id, fetches.DONE)
    _change(transaction, fetch, lambda media: stored, now, "a file was fetched")


def _lose(transaction: Transaction, fetch: Fetch, error: str, now: datetime) -> None:
    """Without a reference nobody waits for the file any more."""
    fetches.settle(transaction, fetch.id, fetches.LOST, error)
    _change(transaction, fetch, lambda media: replace(media, ref=""), now, f"a file is lost: {error}")


def _change(
    transaction: Transaction, fetch: Fetch, changed: Callable[[Media], Media], now: datetime, reason: str
) -> None:
    message = messages.get(transaction.connection, fetch.message_id)
    part = None if message is None else message.parts[fetch.position]
    if message is None or not isinstance(part, Media):
        return
    parts = (*message.parts[: fetch.position], changed(part), *message.parts[fetch.position + 1 :])
    messages.set_parts(transaction, message.id, parts)
    transaction.emit(
        Event(
            kind=EventKind.MESSAGE_CHANGED,
            at=now,
            actor="system",
            conversation_id=message.conversation_id,
            message_id=message.id,
            contact_id=message.contact_id,
            reason=reason,
        )
    )
