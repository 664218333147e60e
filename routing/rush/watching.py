"""The watch over the queues as a whole, once a second: only who leads the routing watches."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from conversations.clock import Clock
from routing.rush.relief import part, stuck, switches, tell, turn, unheard
from routing.writing import Say, forget_skills
from storage import merges
from storage.database import Connection, Database, Transaction

LOOK_EVERY = 1.0
"""Seconds: how long one waits has no event."""


@dataclass(frozen=True)
class Chore:
    """Something to look for, and what to do about what was found. `act` raises `LeaseLost`."""

    find: Callable[[Connection, datetime], Sequence[Any]]
    act: Callable[[Transaction, int, Sequence[Any], datetime], None]


class Watch:
    """Watches during one term; with a fence that is no longer the lease's every change is refused."""

    def __init__(self, database: Database, clock: Clock, fence: int, say: Say) -> None:
        self._database = database
        self._clock = clock
        self._fence = fence
        self._chores = (
            Chore(merges.over, part),
            Chore(switches, turn),
            Chore(unheard, partial(tell, say=say)),
            Chore(stuck, forget_skills),
        )

    async def run(self) -> None:
        """Watch until cancelled. Raises `LeaseLost` and `DatabaseUnavailable`."""
        while True:
            if not await self.look():
                await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> bool:
        """Do what there is to do; False when that was nothing. Raises `LeaseLost` and `DatabaseUnavailable`."""
        return any([await self._do(chore) for chore in self._chores])

    async def _do(self, chore: Chore) -> bool:
        now = self._clock()
        found = await self._database.read(chore.find, now)
        if found:
            await self._database.write(chore.act, self._fence, found, now)
        return bool(found)
