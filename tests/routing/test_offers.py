"""Offers on real databases. Each step is taken by another leader, who knows nothing but what is stored."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from conversations.conversation import Conversation, ConversationState
from conversations.events import Event, EventKind
from conversations.people import AgentState, User
from desk.errors import Refused
from desk.offers import Offers
from routing.term import Term, whole_floor
from routing.writing import LEASE, let_lapse, say_nothing
from storage import conversations, events, floor, holdings, leases, people, queues, states
from storage.database import Database, Transaction
from tests.support.builders import NOW, SetClock, a_contact, a_conversation, a_user, an_account, open_database, store

ACCOUNT, CONTACT = an_account(kind="webchat"), a_contact()

TIME_TO_ACCEPT = timedelta(seconds=15)


@dataclass
class Place:
    """A queue that offers, on one database."""

    database: Database
    clock: SetClock
    fence: int
    offers: Offers

    async def route(self) -> None:
        """A leader takes over, and does what is to be done now."""
        for _ in range(3):
            _, known = await self.database.read(whole_floor, UTC)
            await Term(self.database, self.clock, self.fence, known, say_nothing).decide()

    async def row(self, conversation: Conversation) -> Conversation:
        found = await self.database.read(conversations.get, conversation.id)
        assert found is not None
        return found

    async def person(self, user: User) -> User:
        found = await self.database.read(people.get, user.id)
        assert found is not None
        return found

    async def story(self) -> list[Event]:
        kinds = (
            EventKind.CONVERSATION_OFFERED,
            EventKind.CONVERSATION_DECLINED,
            EventKind.CONVERSATION_MISSED,
            EventKind.CONVERSATION_ASSIGNED,
        )
        return [each for each in await self.database.read(events.after, 0, 1_000) if each.kind in kinds]


async def opened(database: Database, arrivals: list[Conversation], *agents: User) -> Place:
    """The agents are ready, and the customers have come."""
    clock = SetClock()

    def furnish(transaction: Transaction) -> None:
        store(transaction, ACCOUNT, CONTACT, *agents)
        queue_id = queues.add(transaction, "客服", NOW, "test")
        queues.set_members(transaction, queue_id, frozenset(each.id for each in agents), NOW, "test")
        queues.change(transaction, queue_id, {"offer_seconds": TIME_TO_ACCEPT.seconds}, NOW, "test")
        for each in agents:
            states.set_state(transaction, each.id, AgentState.READY, NOW, each.id, "")
        store(transaction, *arrivals)

    await database.write(furnish)
    fence = await database.write(leases.acquire, LEASE, "here", NOW, NOW + timedelta(hours=1))
    assert fence is not None
    return Place(database, clock, fence, Offers(database, clock))


def arrivals(count: int) -> list[Conversation]:
    return [a_conversation(ACCOUNT.id, CONTACT.id) for _ in range(count)]


async def test_what_is_offered_stays_in_the_queue_and_takes_a_place(database_url: str) -> None:
    agent, (first, second) = a_user(capacity=1), arrivals(2)
    async with open_database(database_url) as database:
        place = await opened(database, [first, second], agent)
        await place.route()
        offered, waits = await place.row(first), await place.row(second)
        state = (await place.person(agent)).state
        burdens = await database.read(floor.burdens)
        (event,) = await place.story()
    assert (offered.state, offered.assignee_id, offered.offered_to) == (ConversationState.QUEUED, None, agent.id)
    assert offered.offered_until == NOW + TIME_TO_ACCEPT
    assert waits.offered_to is None
    assert state is AgentState.BUSY
    assert (burdens[agent.id].offered, burdens[agent.id].conversations, burdens[agent.id].weight) == (1, 0, 4)
    assert (event.kind, event.subject_id, event.reason) == (
        EventKind.CONVERSATION_OFFERED,
        agent.id,
        "lowest load 0 of 1",
    )


async def test_who_accepts_has_it(database_url: str) -> None:
    agent, (arrival,) = a_user(), arrivals(1)
    async with open_database(database_url) as database:
        place = await opened(database, [arrival], agent)
        await place.route()
        await place.offers.accept(agent, arrival.id)
        place.clock.forward(TIME_TO_ACCEPT)
        await place.route()
        taken = await place.row(arrival)
        story = await place.story()
    assert (taken.state, taken.assignee_id, taken.owner_id) == (ConversationState.ASSIGNED, agent.id, agent.id)
    assert (taken.offered_to, taken.offered_until) == (None, None)
    assert [(each.kind, each.actor) for each in story] == [
        (EventKind.CONVERSATION_OFFERED, "router"),
        (EventKind.CONVERSATION_ASSIGNED, agent.id),
    ]


async def test_who_declines_is_free_again_and_the_next_is_asked(database_url: str) -> None:
    one, other = a_user(capacity=1), a_user(capacity=1)
    (arrival,) = arrivals(1)
    async with open_database(database_url) as database:
        place = await opened(database, [arrival], one, other)
        await place.route()
        first = one if (await place.row(arrival)).offered_to == one.id else other
        await place.offers.decline(first, arrival.id, "on the phone")
        await place.route()
        after = await place.row(arrival)
        free = await place.person(first)
        story = await place.story()
    assert after.offered_to == ({one.id, other.id} - {first.id}).pop()
    assert (after.declined, after.unanswered_since) == ({first.id: NOW}, arrival.unanswered_since)
    assert free.state is AgentState.READY
    assert [(each.kind, each.reason) for each in story][1] == (EventKind.CONVERSATION_DECLINED, "on the phone")


async def test_who_does_not_answer_is_on_a_break_and_the_next_is_asked(database_url: str) -> None:
    one, other = a_user(), a_user(capacity=9)
    (arrival,) = arrivals(1)
    async with open_database(database_url) as database:
        place = await opened(database, [arrival], one, other)
        await place.route()
        missed = one if (await place.row(arrival)).offered_to == one.id else other
        place.clock.forward(TIME_TO_ACCEPT)
        await place.route()
        after, slow = await place.row(arrival), await place.person(missed)
        story = await place.story()
    assert after.offered_to == ({one.id, other.id} - {missed.id}).pop()
    assert after.offered_until == NOW + 2 * TIME_TO_ACCEPT
    assert (slow.state, slow.state_reason) == (AgentState.BREAK, "missed-offer")
    assert [(each.kind, each.subject_id, each.reason) for each in story][1] == (
        EventKind.CONVERSATION_MISSED,
        missed.id,
        "no answer in time",
    )


async def test_with_one_offer_all_of_an_agent_are_over_and_only_the_missed_one_is_held_against_them(
    database_url: str,
) -> None:
    agent, (first, second) = a_user(capacity=2), arrivals(2)
    async with open_database(database_url) as database:
        place = await opened(database, [first], agent)
        await place.route()
        place.clock.forward(TIME_TO_ACCEPT / 3)
        await database.write(store, second)
        await place.route()
        place.clock.forward(2 * TIME_TO_ACCEPT / 3)
        await place.route()
        missed, other = await place.row(first), await place.row(second)
        ends = [each for each in await place.story() if each.kind is EventKind.CONVERSATION_MISSED]
    assert (missed.offered_to, missed.declined) == (None, {agent.id: place.clock.now})
    assert (other.offered_to, other.declined) == (None, {})
    assert [(each.conversation_id, each.reason) for each in ends] == [
        (first.id, "no answer in time"),
        (second.id, "not at work any more"),
    ]


async def test_an_offer_to_somebody_who_leaves_goes_on_at_once_and_is_not_held_against_them(database_url: str) -> None:
    agent, (arrival,) = a_user(), arrivals(1)
    async with open_database(database_url) as database:
        place = await opened(database, [arrival], agent)
        await place.route()
        await database.write(states.set_state, agent.id, AgentState.OFFLINE, NOW, agent.id, "")
        await place.route()
        after, gone = await place.row(arrival), await place.person(agent)
    assert (after.offered_to, after.declined) == (None, {})
    assert gone.state is AgentState.OFFLINE


@pytest.mark.parametrize("accepts_first", [True, False])
async def test_of_an_answer_and_a_lapse_in_the_same_instant_one_wins(database_url: str, accepts_first: bool) -> None:
    agent, (arrival,) = a_user(), arrivals(1)
    async with open_database(database_url) as database:
        place = await opened(database, [arrival], agent)
        await place.route()
        place.clock.forward(TIME_TO_ACCEPT)
        member, lapsed = await place.person(agent), [(arrival.id, agent.id)]
        if accepts_first:
            await place.offers.accept(member, arrival.id)
        await database.write(let_lapse, place.fence, lapsed, place.clock.now)
        if not accepts_first:
            with pytest.raises(Refused):
                await place.offers.accept(member, arrival.id)
        after, them = await place.row(arrival), await place.person(agent)
    assert after.state is (ConversationState.ASSIGNED if accepts_first else ConversationState.QUEUED)
    assert them.state is (AgentState.READY if accepts_first else AgentState.BREAK)
    assert after.offered_to is None


async def test_who_alone_declined_is_asked_again_after_a_minute(database_url: str) -> None:
    agent, (arrival,) = a_user(), arrivals(1)
    async with open_database(database_url) as database:
        place = await opened(database, [arrival], agent)
        await place.route()
        await place.offers.decline(agent, arrival.id)
        asked: list[bool] = []
        for moment in (NOW, NOW + timedelta(seconds=59), NOW + timedelta(seconds=60)):
            place.clock.now = moment
            await place.route()
            asked.append((await place.row(arrival)).offered_to == agent.id)
    assert asked == [False, False, True]


async def test_who_takes_it_by_hand_ends_the_offer(database_url: str) -> None:
    agent, (arrival,) = a_user(capacity=1), arrivals(1)
    async with open_database(database_url) as database:
        place = await opened(database, [arrival], agent)
        await place.route()

        def take(transaction: Transaction, at: datetime) -> None:
            conversations.change(transaction, arrival.id, {"state": ConversationState.RESOLVED, "resolved_at": at})

        await database.write(take, NOW)
        with pytest.raises(Refused):
            await place.offers.decline(await place.person(agent), arrival.id)
        assert await database.read(holdings.offered_to, agent.id) == []
        assert await database.read(holdings.loads, [agent.id]) == {}
