"""Every second of a person is in one span, whatever happens, and what follows by itself follows."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.conversation import ConversationState
from conversations.events import EventKind
from conversations.ids import ConversationId, UserId
from conversations.people import AgentState, User
from conversations.states import Span, totals
from storage import conversations, events, people, states
from storage.database import Database, Transaction
from tests.support.builders import NOW, a_contact, a_conversation, a_user, an_account, open_database, store

SECOND = timedelta(seconds=1)
EVER = NOW + timedelta(days=3650)

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(AgentState),
        st.sampled_from(("", "meal", "training")),
        # Two changes in one instant, and clocks that disagree, happen.
        st.integers(-5, 100_000),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
async def test_no_second_is_missing_and_none_is_counted_twice(
    database_url: str, changes: list[tuple[AgentState, str, int]]
) -> None:
    user = a_user()
    async with open_database(database_url) as database:
        await database.write(store, user)
        now = NOW
        for state, reason, seconds in changes:
            now += seconds * SECOND
            await database.write(states.set_state, user.id, state, now, user.id, reason)
        spans = await spans_of(database, user)
        after = await database.read(people.get, user.id)
    begun = NOW + max(changes[0][2], 0) * SECOND
    assert spans[0].since == begun
    assert all(one.until == other.since for one, other in pairwise(spans))
    assert all(span.until is None or span.since < span.until for span in spans)
    assert after is not None
    assert spans[-1] == Span(user.id, after.state, after.state_reason, after.state_since, None)
    end = spans[-1].since + SECOND
    lasted = totals(spans, begun, EVER, end)
    assert sum(lasted.values(), timedelta()) == end - begun


async def spans_of(database: Database, user: User, start: datetime = NOW, end: datetime = EVER) -> list[Span]:
    return (await database.read(states.spans, start, end, user.id)).get(user.id, [])


async def test_a_day_has_the_spans_that_touch_it(sqlite_url: str) -> None:
    user = a_user()
    async with open_database(sqlite_url) as database:
        await database.write(store, user)
        for hours, state in enumerate((AgentState.READY, AgentState.BREAK, AgentState.OFFLINE)):
            await database.write(states.set_state, user.id, state, NOW + timedelta(hours=hours), user.id, "")
        day = NOW + timedelta(minutes=30), NOW + timedelta(hours=1, minutes=30)
        assert [span.state for span in await spans_of(database, user, *day)] == [AgentState.READY, AgentState.BREAK]
        assert await spans_of(database, user, NOW - timedelta(days=1), NOW) == []


# Busy


async def with_work(database: Database, user: User, *weights: int) -> list[ConversationId]:
    """Conversations of these weights, in quarters of an ordinary one."""
    account, contact = an_account(), a_contact()
    given = [
        replace(
            a_conversation(account.id, contact.id, assignee_id=user.id, state=ConversationState.ASSIGNED), weight=each
        )
        for each in weights
    ]
    await database.write(store, account, contact, *given)
    return [each.id for each in given]


async def state_of(database: Database, user: User) -> AgentState:
    found = await database.read(people.get, user.id)
    assert found is not None
    return found.state


async def test_who_is_full_is_busy_until_there_is_room(database_url: str) -> None:
    user = a_user(capacity=2)
    async with open_database(database_url) as database:
        await database.write(store, user)
        await database.write(states.set_state, user.id, AgentState.READY, NOW, user.id, "")
        first, *_ = await with_work(database, user, 4, 2)
        await database.write(states.follow_load, [user.id], NOW + SECOND)
        assert await state_of(database, user) is AgentState.READY
        await with_work(database, user, 2)
        await database.write(states.follow_load, [user.id], NOW + 2 * SECOND)
        assert await state_of(database, user) is AgentState.BUSY
        await database.write(conversations.change, first, {"state": ConversationState.RESOLVED})
        await database.write(states.follow_load, [user.id], NOW + 5 * SECOND)
        assert await state_of(database, user) is AgentState.READY
        story = await database.read(events.after, 0)
        lasted = totals(await spans_of(database, user), NOW, EVER, NOW + 9 * SECOND)
    assert [each.kind for each in story[-2:]] == [EventKind.AGENT_LOAD_CHANGED] * 2
    assert lasted == {(AgentState.READY, ""): 6 * SECOND, (AgentState.BUSY, ""): 3 * SECOND}


@pytest.mark.parametrize("state", [AgentState.BREAK, AgentState.WRAP_UP, AgentState.OFFLINE, AgentState.SIGNED_IN])
async def test_who_is_not_ready_is_not_busy_either(sqlite_url: str, state: AgentState) -> None:
    user = a_user(capacity=1)
    async with open_database(sqlite_url) as database:
        await database.write(store, user)
        await database.write(states.set_state, user.id, state, NOW, user.id, "")
        await with_work(database, user, 4)
        await database.write(states.follow_load, [user.id], NOW)
        assert await state_of(database, user) is state


# The connection


async def silent(database: Database, user: User, state: AgentState) -> datetime:
    """Somebody was seen in this state at `NOW` last; when that was noticed."""

    def change(transaction: Transaction, now: datetime) -> None:
        store(transaction, user)
        states.set_state(transaction, user.id, state, NOW, user.id, "")
        lost: list[UserId] = states.unseen(transaction.connection, now - 75 * SECOND)
        states.lose(transaction, lost, now - 75 * SECOND, now)

    await database.write(change, NOW + 76 * SECOND)
    return NOW + 76 * SECOND


@pytest.mark.parametrize("state", [AgentState.READY, AgentState.WRAP_UP, AgentState.SIGNED_IN])
async def test_a_silent_screen_is_a_lost_connection_until_it_is_seen_again(
    database_url: str, state: AgentState
) -> None:
    user = a_user()
    async with open_database(database_url) as database:
        noticed = await silent(database, user, state)
        assert await state_of(database, user) is AgentState.CONNECTION_LOST
        await database.write(states.see, [user.id], noticed + 10 * SECOND)
        assert await state_of(database, user) is state
        lasted = totals(await spans_of(database, user), NOW, EVER, noticed + 10 * SECOND)
    assert lasted == {(state, ""): 76 * SECOND, (AgentState.CONNECTION_LOST, state.value): 10 * SECOND}


@pytest.mark.parametrize("state", [AgentState.BREAK, AgentState.OFFLINE])
async def test_screens_may_sleep_on_a_break(sqlite_url: str, state: AgentState) -> None:
    user = a_user()
    async with open_database(sqlite_url) as database:
        await silent(database, user, state)
        assert await state_of(database, user) is state


async def test_who_was_seen_meanwhile_is_not_lost(sqlite_url: str) -> None:
    user = a_user()
    async with open_database(sqlite_url) as database:
        await database.write(store, user)
        await database.write(states.set_state, user.id, AgentState.READY, NOW, user.id, "")
        await database.write(states.seen, [user.id], NOW + 60 * SECOND)
        await database.write(states.lose, [user.id], NOW + SECOND, NOW + 76 * SECOND)
        assert await state_of(database, user) is AgentState.READY
