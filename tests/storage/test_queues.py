"""Queues and their members."""

import pytest
from sqlalchemy.exc import IntegrityError

from conversations.events import EventKind
from storage import events, queues
from storage.queues import Queue
from tests.support.builders import NOW, a_user, open_database, store


async def test_queues_are_listed_with_their_members_the_oldest_first(database_url: str) -> None:
    ada, ben = a_user(), a_user()
    async with open_database(database_url) as database:
        await database.write(store, ada, ben)
        sales = await database.write(queues.add, "sales", NOW, "test")
        care = await database.write(queues.add, "care", NOW, "test")
        await database.write(queues.set_members, sales, frozenset((ada.id, ben.id)), NOW, "test")
        await database.write(queues.set_members, care, frozenset((ben.id,)), NOW, "test")
        await database.write(queues.set_members, sales, frozenset((ada.id,)), NOW, "test")
        assert await database.read(queues.listed) == [
            Queue(sales, "sales", frozenset((ada.id,))),
            Queue(care, "care", frozenset((ben.id,))),
        ]
        await database.write(queues.set_members, care, frozenset(), NOW, "test")
        assert (await database.read(queues.listed))[1].members == frozenset()


async def test_the_name_of_a_queue_is_given_once(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(queues.add, "sales", NOW, "test")
        with pytest.raises(IntegrityError):
            await database.write(queues.add, "sales", NOW, "test")


async def test_every_change_of_the_setup_is_told(database_url: str) -> None:
    async with open_database(database_url) as database:
        queue = await database.write(queues.add, "sales", NOW, "ada")
        await database.write(queues.set_members, queue, frozenset(), NOW, "ada")
        story = await database.read(events.after, 0)
    assert [(event.kind, event.actor) for event in story] == [(EventKind.SETUP_CHANGED, "ada")] * 2
