"""Whatever happens on a floor, the event log alone leads to the same decisions once more."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations.conversation import ConversationState
from conversations.events import EventKind
from conversations.ids import ConversationId, QueueId, UserId
from conversations.people import AgentState
from desk import moves
from routing.engine import Agent, Decision, Manner, Strategy, Ticket, assignments
from routing.replay import KINDS, Replay, Round, rounds
from routing.told import NotingState, Told
from routing.writing import LEASE
from storage import events, queues, states
from storage.database import Database
from tests.support.builders import NOW, a_conversation
from tests.support.day import ACCOUNT, CONTACT, a_day, arrive

FOREVER = NOW + timedelta(days=365)


async def story(database: Database) -> list[Round]:
    return await database.read(lambda connection: list(rounds(events.of_kinds(connection, KINDS, 0, FOREVER))))


@pytest.mark.parametrize("seed", range(5))
async def test_the_log_of_a_day_leads_to_the_same_decisions_in_the_same_order(database_url: str, seed: int) -> None:
    async with a_day(database_url, seed) as day:
        await day.live()
        found = await story(day.database)
        log = await day.database.read(events.after, 0, 10_000)
    again = Replay()
    assert [again.go_on(each) for each in found] == [None] * len(found)
    kinds = (EventKind.CONVERSATION_ASSIGNED, EventKind.CONVERSATION_OFFERED)
    given = [each for each in log if each.kind in kinds and each.actor == LEASE]
    assert again.decided == len(given) > 0
    assert [decision.conversation_id for each in found for decision in each.decisions] == [
        each.conversation_id for each in given
    ]


async def test_what_was_overtaken_by_hand_is_known_to_be(database_url: str) -> None:
    """The router has not heard yet that somebody took it; what it decided is refused, and that is in the log."""
    async with a_day(database_url, 1) as day:
        await day.database.write(queues.set_members, day.queues[0], frozenset((day.agents[0].id,)), NOW, "test")
        await day.database.write(states.set_state, day.agents[0].id, AgentState.READY, day.clock(), "test", "")
        waits = a_conversation(
            ACCOUNT.id, CONTACT.id, state=ConversationState.QUEUED, queue_id=day.queues[0], unanswered_since=NOW
        )
        await day.database.write(arrive, waits)
        await day.take_over()
        await day.database.write(moves.assign, waits, day.agents[1].id, day.agents[1].id, day.clock(), "taken")
        await day.database.write(states.see, [day.agents[0].id], day.clock())
        await day.term.look_after_presence()
        assert not await day.term.decide()
        (last,) = await story(day.database)
    assert last.refused == {waits.id}
    assert Replay().go_on(last) is None


def test_a_screen_that_is_seen_is_news() -> None:
    agent, queue = UserId("a"), QueueId("q")
    state = NotingState(ZoneInfo("UTC"))
    state.set_members({queue: frozenset((agent,))})
    state.set_agents([Agent(id=agent, ready=True, capacity=1, ready_since=NOW, seen_at=None)])
    state.queued(Ticket(conversation_id=ConversationId("c"), queue_id=queue, since=NOW))
    assert assignments(state, NOW) == []
    before = Round(NOW, state.take_told(), (), frozenset())
    state.set_seen({agent: NOW})
    decisions = tuple(assignments(state, NOW))
    after = Round(NOW, state.take_told(), decisions, frozenset())
    again = Replay()
    assert [again.go_on(each) for each in (before, after)] == [None, None]
    assert again.decided == 1


def test_another_decision_than_then_is_told() -> None:
    agent, queue, waits = UserId("a"), QueueId("q"), ConversationId("c")
    then = Decision(waits, queue, agent, "because")
    nobody_was_there = Round(NOW, Told(zone="UTC"), (then,), frozenset())
    difference = Replay().go_on(nobody_was_there)
    assert difference is not None
    assert (difference.at, difference.then, difference.now) == (NOW, then, None)


def test_what_was_told_comes_back_from_json() -> None:
    told = Told(
        zone="UTC",
        gone={ConversationId("c"): None},
        members={},
        manners={QueueId("q"): Manner(Strategy.ROUND_ROBIN, timedelta(seconds=5))},
    )
    assert Told.from_json(told.as_json()) == told
    assert replace(told, zone="").as_json()["gone"] == ["c"]
