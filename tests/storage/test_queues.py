"""Queues, their members and the rules that lead into them."""

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


async def test_rules_keep_their_order_and_their_conditions(database_url: str) -> None:
    async with open_database(database_url) as database:
        queue = await database.write(queues.add, "sales", NOW, "test")
        conditions = {"words": ["退款", "refund"], "language": ["zh"]}
        first = await database.write(queues.add_rule, "first", conditions, queue, NOW, "test")
        second = await database.write(queues.add_rule, "second", {}, queue, NOW, "test")
        third = await database.write(queues.add_rule, "third", {}, queue, NOW, "test")
        await database.write(queues.remove_rule, second, NOW, "test")
        rows = await database.read(queues.rule_rows)
    assert [row.id for row in rows] == [first, third]
    assert (rows[0].name, rows[0].conditions, rows[0].queue_id) == ("first", conditions, queue)


async def test_every_change_of_the_setup_is_told(database_url: str) -> None:
    async with open_database(database_url) as database:
        queue = await database.write(queues.add, "sales", NOW, "ada")
        await database.write(queues.set_members, queue, frozenset(), NOW, "ada")
        rule = await database.write(queues.add_rule, "all", {}, queue, NOW, "ada")
        await database.write(queues.remove_rule, rule, NOW, "ada")
        story = await database.read(events.after, 0)
    assert [(event.kind, event.actor) for event in story] == [(EventKind.SETUP_CHANGED, "ada")] * 4
