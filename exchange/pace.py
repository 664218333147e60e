"""Pace: parts of one account leave no faster than its provider takes them."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from channels.contract import Rate
from conversations.clock import Clock
from conversations.errors import Throttled
from conversations.ids import AccountId

LONGEST_WAIT = timedelta(seconds=15)
"""A part that would wait longer is put back: it must not outlive the lease of its worker."""


class Pace:
    """Counts what left in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turns: dict[tuple[AccountId, Rate], deque[datetime]] = defaultdict(deque)

    async def turn(self, account_id: AccountId, rates: Sequence[Rate]) -> None:
        """Wait until a part may leave. Raises `Throttled` when that is not soon."""
        if not rates:
            return
        now = self._clock()
        at = max(now, *(self._earliest(account_id, rate, now) for rate in rates))
        if at - now > LONGEST_WAIT:
            raise Throttled("The account's own pace allows no more for a while.", after=at - now)
        for rate in rates:
            self._turns[account_id, rate].append(at)
        await asyncio.sleep((at - now).total_seconds())

    def _earliest(self, account_id: AccountId, rate: Rate, now: datetime) -> datetime:
        turns = self._turns[account_id, rate]
        while turns and turns[0] + rate.within <= now:
            turns.popleft()
        return now if len(turns) < rate.parts else turns[-rate.parts] + rate.within
