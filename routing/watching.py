"""The watch over the queues as a whole: what is for a while ends in time. Only who leads the routing watches."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from conversations.clock import Clock
from conversations.events import Event, EventKind
from routing.writing import LEASE
from storage import leases, merges
from storage.database import Database, Transaction

LONGEST_SLEEP = 60.0
"""Seconds after which the clock is looked at again: it may have been set."""


class Watch:
    """Watches during one term; with a fence that is no longer the lease's every change is refused."""

    def __init__(self, database: Database, clock: Clock, fence: int) -> None:
        self._database = database
        self._clock = clock
        self._fence = fence
        self._bell = asyncio.Event()

    def hear(self, batch: Sequence[Event]) -> None:
        """Wake up when queues are merged: that may end sooner than anything known."""
        if any(event.kind is EventKind.QUEUES_MERGED for event in batch):
            self._bell.set()

    async def run(self) -> None:
        """Watch until cancelled. Raises `LeaseLost` and `DatabaseUnavailable`."""
        while True:
            self._bell.clear()
            next_end = await self._database.read(merges.next_end)
            if next_end is not None and next_end <= self._clock():
                await self._database.write(part, self._fence, self._clock())
            else:
                await self._sleep(next_end)

    async def _sleep(self, until: datetime | None) -> None:
        left = (until - self._clock()).total_seconds() if until else LONGEST_SLEEP
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0, min(left, LONGEST_SLEEP))):
                await self._bell.wait()


def part(transaction: Transaction, fence: int, now: datetime) -> None:
    """End the merges whose time is over. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    for merge_id in merges.over(transaction.connection, now):
        merges.end(transaction, merge_id, now, LEASE, "its time is over")
