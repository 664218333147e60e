"""The feed: committed events in their order, for everybody who follows.

A follower is a cursor and nothing else; one that is slow, or comes back after an hour, simply reads on.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from itertools import takewhile

from conversations.events import Event
from storage import events
from storage.database import Database, DatabaseUnavailable

log = logging.getLogger(__name__)

REMEMBERED = 5_000
"""Events kept in memory, so that a commit is read from the database once and not by each follower."""

PATIENCE = 1.0
"""Seconds after which the feed looks by itself: what a missed bell costs."""

PAGE = 500


class Feed:
    """Reads what was committed by any process, as soon as the bell rings."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent: deque[Event] = deque(maxlen=REMEMBERED)
        self._bell = asyncio.Event()
        self._news = asyncio.Event()
        self.position = 0

    async def start(self) -> None:
        """Begin at the newest event."""
        self.position = await self._database.read(events.head)

    def ring(self) -> None:
        """Something was committed: look now."""
        self._bell.set()

    def hear(self, committed: Sequence[Event]) -> None:
        """Pass on what this process committed; it is read back only when others committed something before it."""
        if committed[0].position == self.position + 1:
            self._take(committed)
        else:
            self.ring()

    async def run(self) -> None:
        """Read on until cancelled. While the database is away followers wait."""
        while True:
            self._bell.clear()
            try:
                await self._read_on()
            except DatabaseUnavailable as error:
                log.warning("the feed cannot read the database: %s", error)
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def follow(self, position: int | None = None) -> AsyncIterator[tuple[Event, ...]]:
        """Every batch of events after `position` (None: from now on), in the order of their commits."""
        seen = self.position if position is None else position
        while True:
            news = self._news
            batch = await self._after(seen)
            if batch:
                seen = batch[-1].position
                yield batch
            else:
                await news.wait()

    async def _read_on(self) -> None:
        while page := await self._database.read(events.after, self.position, PAGE):
            # Meanwhile some of them may have been heard.
            self._take([event for event in page if event.position > self.position])

    def _take(self, news: Sequence[Event]) -> None:
        if not news:
            return
        self._recent.extend(news)
        self.position = news[-1].position
        self._news.set()
        self._news = asyncio.Event()

    async def _after(self, position: int) -> tuple[Event, ...]:
        if position >= self.position:
            return ()
        if self._recent and self._recent[0].position <= position + 1:
            newest_first = takewhile(lambda event: event.position > position, reversed(self._recent))
            return tuple(newest_first)[::-1]
        return tuple(await self._database.read(events.after, position, PAGE))
