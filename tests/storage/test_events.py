"""Events are one story: whoever reads on from where they were misses nothing."""

import asyncio

from sqlalchemy import Connection, text

from conversations.events import Event, EventKind
from storage import events
from storage.database import Database, Transaction
from tests.support.builders import NOW, open_database

PATIENCE = 30
"""Seconds after which a test gives up; nothing waits for them."""


def an_event(reason: str, conversation_id: str | None = None) -> Event:
    return Event(
        kind=EventKind.CONVERSATION_QUEUED,
        at=NOW,
        actor="test",
        conversation_id=conversation_id,
        reason=reason,
        data={"queue_id": "q", "nested": [1, None]},
    )


def say(transaction: Transaction, *said: Event) -> None:
    for event in said:
        transaction.emit(event)


async def test_events_come_back_as_they_were_in_order_and_in_pages(database_url: str) -> None:
    async with open_database(database_url) as database:
        said = [an_event("one"), an_event("two"), an_event("three")]
        await database.write(say, *said)
        first = await database.read(events.after, 0, 2)
        rest = await database.read(events.after, first[-1].position)
        head = await database.read(events.head)
    assert [event.reason for event in (*first, *rest)] == ["one", "two", "three"]
    assert (first[0].kind, first[0].at, first[0].data) == (said[0].kind, said[0].at, said[0].data)
    assert head == rest[-1].position


async def test_the_story_of_one_conversation_is_its_newest_events_in_order(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(say, an_event("1", "c"), an_event("other", "d"), an_event("2", "c"), an_event("3", "c"))
        story = await database.read(events.of_conversation, "c", 2)
    assert [event.reason for event in story] == ["2", "3"]


async def test_bells_ring_with_what_was_committed_and_never_for_what_was_not(database_url: str) -> None:
    async with open_database(database_url) as database:
        heard: list[str] = []
        database.on_commit(lambda news: heard.extend(event.reason for event in news))
        await database.write(say, an_event("kept"))
        await database.write(lambda transaction: None)
        await asyncio.gather(database.write(say_and_fail), return_exceptions=True)
        stored = await database.read(events.after, 0)
    assert heard == [event.reason for event in stored] == ["kept"]


def say_and_fail(transaction: Transaction) -> None:
    transaction.emit(an_event("lost"))
    raise ValueError("changed my mind")


async def test_a_reader_misses_nothing_of_a_change_that_commits_late(postgresql_url: str) -> None:
    """Positions are taken before the commit; without the lock a reader would see 2, and then never 1."""
    async with open_database(postgresql_url) as slow, open_database(postgresql_url) as quick:
        writing_slowly = asyncio.create_task(slow.write(say_and_linger, an_event("slow")))
        async with asyncio.timeout(PATIENCE):
            while not await quick.read(somebody_appends):  # noqa: ASYNC110  # nothing rings a bell for a lock
                await asyncio.sleep(0)
        writing_quickly = asyncio.create_task(quick.write(say, an_event("quick")))
        assert await followed(quick, until="quick") == ["slow", "quick"]
        await asyncio.gather(writing_slowly, writing_quickly)


async def test_followers_of_busy_writers_miss_nothing(database_url: str) -> None:
    async with open_database(database_url) as first, open_database(database_url) as second:
        following = asyncio.create_task(followed(first, until="the end"))
        names = [f"{writer} {number}" for writer in "abcdef" for number in range(10)]
        writers = (first, second)
        await asyncio.gather(*(writers[n % 2].write(say, an_event(name)) for n, name in enumerate(names)))
        await second.write(say, an_event("the end"))
        read = await following
    assert sorted(read) == sorted([*names, "the end"])


def say_and_linger(transaction: Transaction, event: Event) -> None:
    events.append(transaction.connection, [event])
    transaction.connection.execute(text("SELECT pg_sleep(0.3)"))


def somebody_appends(connection: Connection) -> bool:
    held = connection.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"))
    return bool(held.scalar_one())


async def followed(database: Database, until: str) -> list[str]:
    """What a follower reads, from the beginning to one event."""
    read: list[str] = []
    position = 0
    async with asyncio.timeout(PATIENCE):
        while until not in read:
            for event in await database.read(events.after, position):
                position = event.position
                read.append(event.reason)
    return read
