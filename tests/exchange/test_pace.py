"""Pace: so many parts within a time, and no more."""

from datetime import timedelta

import pytest

from channels.contract import Rate
from conversations.errors import Throttled
from conversations.ids import AccountId
from exchange.pace import Pace
from tests.support.builders import NOW, SetClock

ONE, OTHER = AccountId("one"), AccountId("other")


async def test_without_a_rate_nobody_waits() -> None:
    pace = Pace(SetClock(NOW))
    for _ in range(100):
        await pace.turn(ONE, ())


async def test_more_than_a_rate_allows_is_put_back_until_there_is_room() -> None:
    clock = SetClock(NOW)
    pace, rates = Pace(clock), (Rate(parts=2, within=timedelta(minutes=1)),)
    await pace.turn(ONE, rates)
    clock.forward(timedelta(seconds=10))
    await pace.turn(ONE, rates)
    with pytest.raises(Throttled) as refused:
        await pace.turn(ONE, rates)
    assert refused.value.after == timedelta(seconds=50)
    clock.forward(timedelta(seconds=50))
    await pace.turn(ONE, rates)


async def test_each_account_has_its_own_pace() -> None:
    pace, rates = Pace(SetClock(NOW)), (Rate(parts=1, within=timedelta(minutes=1)),)
    await pace.turn(ONE, rates)
    await pace.turn(OTHER, rates)


async def test_the_slowest_of_several_rates_decides() -> None:
    pace = Pace(SetClock(NOW))
    rates = (Rate(parts=10, within=timedelta(seconds=1)), Rate(parts=1, within=timedelta(hours=1)))
    await pace.turn(ONE, rates)
    with pytest.raises(Throttled) as refused:
        await pace.turn(ONE, rates)
    assert refused.value.after == timedelta(hours=1)
