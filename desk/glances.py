"""Glances: what many ask for every second is looked at once for everybody in this process."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from conversations.clock import Clock
from storage.database import Connection, Database

T = TypeVar("T")


class Glance(Generic[T]):
    """What `look` saw last; it looks again when that is `stays` ago."""

    def __init__(
        self, database: Database, clock: Clock, look: Callable[[Connection, datetime], T], stays: timedelta
    ) -> None:
        self._database = database
        self._clock = clock
        self._look = look
        self._stays = stays
        self._seen: tuple[datetime, T] | None = None
        self._one_looks = asyncio.Lock()

    async def take(self) -> T:
        """What there is. Raises `DatabaseUnavailable`."""
        async with self._one_looks:
            now = self._clock()
            if self._seen is None or now - self._seen[0] >= self._stays:
                self._seen = now, await self._database.read(self._look, now)
            return self._seen[1]
