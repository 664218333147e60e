"""Places in line are those in which routing serves, and presence is what routing believes."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from conversations.address import visitor_address
from conversations.conversation import Conversation, ConversationState
from conversations.ids import QueueId
from conversations.people import AgentState, User
from routing.term import whole_floor
from storage import conversations, pressure, queues, states, waiting
from storage.database import Database, Transaction
from storage.waiting import Place
from tests.support.builders import NOW, a_contact, a_conversation, a_user, an_account, open_database, store

CHAT = an_account(kind="webchat")
OWNER = a_user()


async def add_queue(database: Database, name: str, *members: User) -> QueueId:
    queue_id = await database.write(queues.add, name, NOW, "test")
    await database.write(queues.set_members, queue_id, frozenset(each.id for each in members), NOW, "test")
    return queue_id


def store_waiting(transaction: Transaction, *places: dict[str, Any]) -> list[Conversation]:
    """Conversations of as many visitors."""
    made = []
    for number, place in enumerate(places):
        contact = a_contact()
        address = visitor_address(CHAT.id, f"{number:032x}")
        fields = {"state": ConversationState.QUEUED, "address": address, **place}
        made.append(a_conversation(fields.pop("account_id", CHAT.id), contact.id, **fields))
        store(transaction, contact, made[-1])
    return made


async def test_places_are_those_in_which_routing_serves(database_url: str) -> None:
    """Handed back comes first, then priority, then the longest wait, then the older id; each queue has its own line."""
    minute = timedelta(minutes=1)
    async with open_database(database_url) as database:
        await database.write(store, CHAT, OWNER)
        loans, cards = await add_queue(database, "loans"), await add_queue(database, "cards")
        made = await database.write(
            store_waiting,
            {"queue_id": loans},
            {"queue_id": loans},
            {"queue_id": loans, "unanswered_since": NOW - minute},
            {"queue_id": loans, "unanswered_since": NOW + minute, "owner_id": OWNER.id},
            {"queue_id": loans, "unanswered_since": None, "opened_at": NOW - 2 * minute},
            {"queue_id": loans, "unanswered_since": NOW + 39 * minute, "priority": 5},
            {"queue_id": cards},
            {"queue_id": cards, "state": ConversationState.ASSIGNED, "assignee_id": OWNER.id},
            {"queue_id": loans, "state": ConversationState.RESOLVED},
        )
        found = await database.read(waiting.places, {each.address for each in made})
        _, floor = await database.read(whole_floor, UTC)

    served: dict[QueueId, list[str]] = {loans: [], cards: []}
    for ticket in floor.state.waiting():
        served[ticket.queue_id].append(ticket.conversation_id)
    addresses = {each.id: each.address for each in made}
    assert found == {
        addresses[conversation_id]: Place(queue_id, number)  # type: ignore[index]  # ids are ids
        for queue_id, line in served.items()
        for number, conversation_id in enumerate(line, 1)
    }
    assert [found[each.address].number for each in made[:7]] == [5, 6, 4, 1, 3, 2, 1]


async def test_only_what_is_asked_for_is_answered(sqlite_url: str) -> None:
    async with open_database(sqlite_url) as database:
        await database.write(store, CHAT)
        _, other = await database.write(store_waiting, {"state": ConversationState.NEW}, {})
        assert await database.read(waiting.places, {other.address}) == {other.address: Place(None, 2)}


async def test_who_waits_long_enough_is_told_once(database_url: str) -> None:
    """A queue tells after two minutes; it tells neither who was told nor who sees it anyway."""
    minute = timedelta(minutes=1)
    sms = an_account()
    async with open_database(database_url) as database:
        await database.write(store, CHAT, sms)
        loans, cards = await add_queue(database, "loans"), await add_queue(database, "cards")
        await database.write(queues.change, loans, {"tells_after": 2}, NOW, "test")
        made = await database.write(
            store_waiting,
            {"account_id": sms.id, "queue_id": loans},
            {"account_id": sms.id, "queue_id": loans, "unanswered_since": NOW + minute},
            {"account_id": sms.id, "queue_id": loans, "told_at": NOW},
            {"account_id": sms.id, "queue_id": cards},
            {"account_id": CHAT.id, "queue_id": loans},
        )
        found = [await database.read(waiting.untold, NOW + passed * minute) for passed in (1, 2, 3)]
        in_peace = await database.read(pressure.untold, "notice", loans, NOW + minute)
        await database.write(conversations.change, made[0].id, {"wish": "message"})
        wished = await database.read(pressure.untold, "notice", loans, NOW + minute)

    assert found == [[], [made[0].id], [made[0].id, made[1].id]]
    assert set(in_peace) - set(wished) == {made[0].id}


async def test_a_customers_place_is_the_one_on_the_account_they_write_to(database_url: str) -> None:
    """Else the latest at all; what an agent has is no place in a line."""
    sms, contact = an_account(), a_contact()
    async with open_database(database_url) as database:
        await database.write(store, CHAT, sms, contact, OWNER)
        by_chat, by_sms, served = (
            a_conversation(account, contact.id, state=state, assignee_id=agent)
            for account, state, agent in (
                (CHAT.id, ConversationState.QUEUED, None),
                (sms.id, ConversationState.NEW, None),
                (sms.id, ConversationState.ASSIGNED, OWNER.id),
            )
        )
        await database.write(store, by_chat, by_sms, served)
        wanted = (CHAT.id, sms.id, an_account().id)
        found = [await database.write(waiting.of_contact, contact.id, each) for each in wanted]
        nobody = await database.write(waiting.of_contact, a_contact().id, CHAT.id)

    assert [each and each.id for each in found] == [by_chat.id, by_sms.id, by_sms.id]
    assert nobody is None


@pytest.mark.parametrize(
    ("state", "enabled", "seen_ago", "is_staffed"),
    [
        (AgentState.READY, True, 10, True),
        (AgentState.READY, True, 80, False),
        (AgentState.BREAK, True, 10, False),
        (AgentState.READY, False, 10, False),
    ],
)
async def test_a_queue_is_staffed_by_who_is_ready_and_seen(
    sqlite_url: str, state: AgentState, enabled: bool, seen_ago: int, is_staffed: bool
) -> None:
    agent = a_user(state=state, enabled=enabled)
    async with open_database(sqlite_url) as database:
        await database.write(store, agent)
        await database.write(states.seen, [agent.id], NOW - timedelta(seconds=seen_ago))
        loans, _ = await add_queue(database, "loans", agent), await add_queue(database, "cards")
        found = await database.read(waiting.present, NOW - timedelta(seconds=75))

    assert found == ({loans: {agent.id}} if is_staffed else {})
