"""An ear for listeners: it commits to memory, all or nothing, and sleeps until a test wakes it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from channels.contract import Ear, Parsed, WebhookRequest
from conversations.errors import InboundError
from conversations.inbound import InboundEvent


class CommitFailed(Exception):
    """The database was away: nothing was kept."""


@dataclass(frozen=True)
class Taken:
    """What was committed together."""

    requests: tuple[WebhookRequest, ...]
    cursor: str | None


class Hearing(Protocol):
    """A channel that listens."""

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read a request."""

    async def listen(self, ear: Ear) -> None:
        """Hear until cancelled."""


class MemoryEar:
    """Keeps events and cursor together; `committed` is where a new listener goes on."""

    def __init__(self, channel: Hearing, committed: str = "") -> None:
        self.committed = committed
        self.taken: list[Taken] = []
        self.events: list[InboundEvent] = []
        self.quarantined: list[WebhookRequest] = []
        self.sleeps: list[float] = []
        self._channel = channel
        self._failures = 0
        self._wakes = asyncio.Queue[str]()
        self._resting = asyncio.Event()

    def fail_once(self) -> None:
        """Let the next commit fail."""
        self._failures += 1

    def wake(self, word: str = "") -> None:
        """End the sleep with a word, or without one as if its time were over."""
        self._resting.clear()
        self._wakes.put_nowait(word)

    async def rested(self) -> None:
        """Return when the listener has nothing to do."""
        async with asyncio.timeout(5):
            await self._resting.wait()

    async def cursor(self) -> str:
        """The last one that was committed."""
        return self.committed

    async def take(self, requests: Sequence[WebhookRequest], cursor: str | None = None) -> None:
        """Commit, or raise `CommitFailed` and keep nothing."""
        if self._failures:
            self._failures -= 1
            raise CommitFailed
        for request in requests:
            self._read(request)
        self.taken.append(Taken(tuple(requests), cursor))
        self.committed = self.committed if cursor is None else cursor

    async def wait(self, seconds: float) -> str:
        """Sleep until woken, however long that is."""
        self.sleeps.append(seconds)
        if self._wakes.empty():
            self._resting.set()
        try:
            return await self._wakes.get()
        finally:
            self._resting.clear()

    def _read(self, request: WebhookRequest) -> None:
        try:
            self.events += self._channel.parse(request).events
        except InboundError:
            self.quarantined.append(request)


@asynccontextmanager
async def listening(channel: Hearing, ear: MemoryEar) -> AsyncIterator[None]:
    """Let a channel listen as long as the block lasts; an error of the listener comes out at its end."""
    task = asyncio.create_task(channel.listen(ear))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
