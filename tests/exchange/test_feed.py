"""The feed: everything that was committed, in order, for everybody who follows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from conversations.events import Event, EventKind
from exchange.feed import REMEMBERED, Feed
from storage.database import Database, Transaction
from tests.support.builders import NOW
from tests.support.core import PATIENCE, Core, running


def say(transaction: Transaction, *reasons: str) -> None:
    for reason in reasons:
        transaction.emit(Event(kind=EventKind.SETUP_CHANGED, at=NOW, actor="test", reason=reason))


async def said(database: Database, count: int) -> list[str]:
    """Commit some events, each by itself; their reasons."""
    reasons = [str(number) for number in range(count)]
    for reason in reasons:
        await database.write(say, reason)
    return reasons


async def read(feed: Feed, count: int, position: int) -> list[str]:
    """The first so many events that follow a position."""
    found: list[Event] = []
    async with asyncio.timeout(PATIENCE):
        async for batch in feed.follow(position):
            found.extend(batch)
            if len(found) >= count:
                break
    assert [event.position for event in found] == sorted({event.position for event in found})
    return [event.reason for event in found]


@asynccontextmanager
async def fed(core: Core) -> AsyncIterator[Feed]:
    """A running feed that hears each commit of its own process."""
    core.database.on_commit(core.feed.hear)
    await core.feed.start()
    async with running(core.feed.run()):
        yield core.feed


async def test_a_fast_and_a_slow_follower_read_the_same(core: Core) -> None:
    async with fed(core) as feed:
        start = feed.position
        fast = asyncio.create_task(read(feed, 30, start))
        expected = await said(core.database, 30)
        assert await fast == expected
        assert await read(feed, 30, start) == expected


async def test_each_follower_has_a_position_of_its_own(core: Core) -> None:
    async with fed(core) as feed:
        start = feed.position
        expected = await said(core.database, 10)
        assert [await read(feed, 10 - skipped, start + skipped) for skipped in range(10)] == [
            expected[skipped:] for skipped in range(10)
        ]


async def test_without_a_position_one_follows_from_now_on(core: Core) -> None:
    async with fed(core) as feed:
        start = feed.position
        await said(core.database, 5)
        await read(feed, 5, start)
        follower = feed.follow()
        news = asyncio.ensure_future(anext(follower))
        # The follower takes its position when it first runs.
        await asyncio.sleep(0)
        await core.database.write(say, "now")
        assert [event.reason for event in await news] == ["now"]


async def test_a_follower_may_come_from_before_what_is_remembered(core: Core) -> None:
    """It reads on from the database until it has caught up."""
    count = REMEMBERED + 600
    async with fed(core) as feed:
        start = feed.position
        await core.database.write(say, *map(str, range(count)))
        assert await read(feed, count, start) == [str(number) for number in range(count)]
        assert await read(feed, 1, start + count - 1) == [str(count - 1)]


@pytest.mark.parametrize("bell", [True, False])
async def test_commits_of_another_process_are_seen_with_a_bell_and_without(core: Core, other: Core, bell: bool) -> None:
    """A missed bell costs a second, not an event."""
    if bell:
        core.database.on_commit(lambda news: other.feed.ring())
    async with fed(other) as feed:
        start = feed.position
        expected = await said(core.database, 5)
        assert await read(feed, 5, start) == expected


async def test_no_event_is_missed_while_two_processes_commit_side_by_side(core: Core, other: Core) -> None:
    """A position is taken before its commit; a reader must never see the later one first."""
    async with fed(core) as feed:
        follower = asyncio.create_task(read(feed, 100, feed.position))
        processes = [core, other] * 50
        await asyncio.gather(*(each.database.write(say, str(number)) for number, each in enumerate(processes)))
        assert sorted(map(int, await follower)) == list(range(100))
