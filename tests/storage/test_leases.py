"""Leases: one holder at a time; a fence that grows with every change of hands keeps a late holder from writing."""

import asyncio
from datetime import timedelta

import pytest

from conversations.events import Event, EventKind
from storage import events, leases
from storage.database import Transaction
from storage.leases import LeaseLost
from tests.support.builders import NOW, open_database

SOON = NOW + timedelta(seconds=10)
LATER = NOW + timedelta(seconds=20)


async def test_nobody_else_gets_a_lease_before_its_end(database_url: str) -> None:
    async with open_database(database_url) as database:
        assert await database.write(leases.acquire, "router", "a", NOW, SOON) == 1
        assert await database.write(leases.acquire, "router", "b", NOW, SOON) is None
        assert await database.write(leases.acquire, "schedule", "b", NOW, SOON) == 1
        assert await database.write(leases.acquire, "router", "b", SOON, LATER) == 2


async def test_renewing_keeps_the_fence(database_url: str) -> None:
    async with open_database(database_url) as database:
        assert await database.write(leases.acquire, "router", "a", NOW, SOON) == 1
        assert await database.write(leases.acquire, "router", "a", NOW, LATER) == 1
        assert await database.write(leases.acquire, "router", "b", SOON, LATER) is None


async def test_a_lease_given_back_is_free_at_once_and_only_its_holder_gives_it_back(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(leases.acquire, "router", "a", NOW, SOON)
        await database.write(leases.release, "router", "b", NOW)
        assert await database.write(leases.acquire, "router", "b", NOW, SOON) is None
        await database.write(leases.release, "router", "a", NOW)
        assert await database.write(leases.acquire, "router", "b", NOW, SOON) == 2


async def test_of_many_who_ask_at_once_one_gets_it(database_url: str) -> None:
    async with open_database(database_url) as first, open_database(database_url) as second:
        fences = await asyncio.gather(
            *(
                database.write(leases.acquire, "router", f"{name}{number}", NOW, SOON)
                for name, database in (("a", first), ("b", second))
                for number in range(5)
            )
        )
    assert sorted(fence for fence in fences if fence is not None) == [1]


@pytest.mark.parametrize("fence", [1, 3])
async def test_with_another_fence_nothing_is_written(database_url: str, fence: int) -> None:
    def speak(transaction: Transaction) -> None:
        transaction.emit(Event(kind=EventKind.SETUP_CHANGED, at=NOW, actor="test"))
        leases.guard(transaction, "router", fence)

    async with open_database(database_url) as database:
        await database.write(leases.acquire, "router", "a", NOW, SOON)
        await database.write(leases.acquire, "router", "b", SOON, LATER)
        with pytest.raises(LeaseLost):
            await database.write(speak)
        assert await database.read(events.head) == 0


async def test_the_fence_of_the_holder_lets_through_even_after_the_end_of_the_lease(database_url: str) -> None:
    """Nobody else took it: whoever does must get past the guard's lock first."""
    async with open_database(database_url) as database:
        await database.write(leases.acquire, "router", "a", NOW, NOW)
        await database.write(leases.guard, "router", 1)
