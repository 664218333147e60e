"""The router: one mind at a time decides who gets which conversation.

Every gateway runs one; a lease lets one of them decide, and its fence keeps a router that lost the lease from writing.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta, tzinfo

from conversations.clock import Clock
from conversations.events import Event
from routing.clocks.keeping import Keeper
from routing.rush.watching import Watch
from routing.term import Term, whole_floor
from routing.writing import LEASE, Say, say_nothing
from storage import leases
from storage.database import Database, DatabaseUnavailable
from storage.leases import LeaseLost

log = logging.getLogger(__name__)

Follow = Callable[[int], AsyncIterator[tuple[Event, ...]]]
"""Batches of the events that are committed after a position, in their order, without end."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
"""Seconds between two tries while the database is away; each pause is twice the one before."""

LEASE_SECONDS = 4.0
RENEWALS = 5
"""How often a leader renews its lease within that time, and the others ask for it: a dead one is followed in 4.8 s."""


class Router:
    """Runs in every gateway; `holder` names this process and no other.

    `lease_seconds` is how long the others wait for a leader that died. An agent's day begins at midnight in `zone`.
    """

    def __init__(
        self,
        database: Database,
        follow: Follow,
        clock: Clock,
        holder: str,
        zone: tzinfo,
        lease_seconds: float = LEASE_SECONDS,
        say: Say = say_nothing,
    ) -> None:
        self._database = database
        self._follow = follow
        self._clock = clock
        self._holder = holder
        self._zone = zone
        self._say = say
        self._lease = timedelta(seconds=lease_seconds)
        self._tick_seconds = lease_seconds / RENEWALS
        self._pause = FIRST_PAUSE
        self._leads = False

    @property
    def is_leader(self) -> bool:
        """Whether this is the router that decides."""
        return self._leads

    async def run(self) -> None:
        """Decide whenever it is this router's turn, until cancelled."""
        try:
            while True:
                await self._serve_a_term()
        finally:
            await self._resign()

    async def _serve_a_term(self) -> None:
        """Stand by, or lead until the lease or the database is lost."""
        try:
            fence = await self._acquire()
            if fence is None:
                await asyncio.sleep(self._tick_seconds)
            else:
                await self._lead(fence)
        except* LeaseLost:
            log.warning("another process may be routing now")
        except* DatabaseUnavailable as away:
            log.warning("routing waits for the database: %s", away.exceptions[0])
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        finally:
            self._leads = False

    async def _acquire(self) -> int | None:
        now = self._clock()
        return await self._database.write(leases.acquire, LEASE, self._holder, now, now + self._lease)

    async def _resign(self) -> None:
        # Without a database the lease ends by itself.
        with suppress(DatabaseUnavailable):
            await self._database.write(leases.release, LEASE, self._holder, self._clock())

    async def _lead(self, fence: int) -> None:
        """Read everything, then follow what happens. Ends only by raising."""
        position, floor = await self._database.read(whole_floor, self._zone)
        term = Term(self._database, self._clock, fence, floor, self._say)
        self._leads = True
        self._pause = FIRST_PAUSE
        log.info("this process routes now")
        keeper = Keeper(self._database, self._clock, fence)
        watch = Watch(self._database, self._clock, fence, self._say)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(term, keeper, position))
            tasks.create_task(self._decide(term))
            tasks.create_task(keeper.run())
            tasks.create_task(watch.run())

    async def _listen(self, term: Term, keeper: Keeper, position: int) -> None:
        async for batch in self._follow(position):
            term.news.hear(batch)
            keeper.hear(batch)

    async def _decide(self, term: Term) -> None:
        now = asyncio.get_running_loop().time
        due = now()
        while True:
            if now() >= due:
                await self._tick(term)
                due = now() + self._tick_seconds
            if not await term.decide():
                await term.news.wait(min(due - now(), term.seconds_to_wait()))

    async def _tick(self, term: Term) -> None:
        """Renew the lease long before its end, and see who is there."""
        if await self._acquire() != term.fence:
            raise LeaseLost(LEASE)
        await term.look_after_presence()
