"""The keeper on real databases: nothing is said twice, and whoever leads next goes on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from conversations.clock import Clock
from conversations.conversation import ConversationState
from conversations.deadlines import DeadlineKind
from conversations.events import Event, EventKind
from conversations.ids import CalendarId, MessageId, PolicyId, new_id
from conversations.message import AuthorKind, Direction, Message
from conversations.parts import Text
from conversations.people import Role
from routing.clocks.keeping import Keeper, Kept, Known, keep
from routing.clocks.promises import promise
from routing.writing import LEASE
from storage import conversations, deadlines, events, leases, messages, policies, queues
from storage.database import Database, Transaction
from storage.leases import LeaseLost
from storage.policies import PolicyRow
from tests.support.builders import NOW, SetClock, a_contact, a_conversation, a_user, an_account, open_database, store

ACCOUNT, CONTACT = an_account(), a_contact()
AGENT, BOSS = a_user(login="ann"), a_user(login="boss", role=Role.SUPERVISOR)
MATTER = a_conversation(
    ACCOUNT.id, CONTACT.id, state=ConversationState.ASSIGNED, assignee_id=AGENT.id, owner_id=AGENT.id, opened_at=NOW
)
MINUTE = timedelta(minutes=1)
SAID = (EventKind.DEADLINE_CHANGED, EventKind.DEADLINE_WARNED, EventKind.DEADLINE_BREACHED)


def a_promise(**changes: Any) -> PolicyRow:
    """Ten minutes to the first reply."""
    fields: dict[str, Any] = {
        "id": PolicyId(new_id()),
        "position": 0,
        "name": "everybody",
        "conditions": {},
        "calendar_id": None,
        "minutes": {"first reply": 10},
        "from_assignment": False,
        "pauses": False,
        "created_at": NOW,
    }
    return PolicyRow(**(fields | changes))


PROMISE = a_promise()


def set_up(transaction: Transaction) -> int:
    """Somebody wrote and has an agent; returns the fence of the lease."""
    store(transaction, ACCOUNT, CONTACT, AGENT, BOSS)
    policies.add(transaction, PROMISE, "test")
    fence = leases.acquire(transaction, LEASE, "leader", NOW, NOW + timedelta(days=1))
    assert fence is not None
    return fence


def arrive(transaction: Transaction) -> None:
    store(transaction, MATTER)
    tell(transaction, EventKind.CONVERSATION_OPENED)
    tell(transaction, EventKind.CONVERSATION_ASSIGNED)


def divide(transaction: Transaction) -> None:
    """The matter and its agent are of loans, which Boss leads; somebody else leads cards."""
    far = a_user(login="far", role=Role.SUPERVISOR)
    store(transaction, far)
    loans, cards = (queues.add(transaction, name, NOW, "test") for name in ("loans", "cards"))
    queues.set_members(transaction, loans, frozenset((AGENT.id, BOSS.id)), NOW, "test")
    queues.set_members(transaction, cards, frozenset((far.id,)), NOW, "test")
    conversations.change(transaction, MATTER.id, {"queue_id": loans})


def answer(transaction: Transaction, author: AuthorKind) -> None:
    """Something is said to the customer after five minutes."""
    message = Message(
        id=MessageId(new_id()),
        conversation_id=MATTER.id,
        contact_id=CONTACT.id,
        account_id=ACCOUNT.id,
        address=MATTER.address,
        direction=Direction.OUTBOUND,
        author=author,
        author_id=AGENT.id,
        parts=(Text("好的"),),
        key=new_id(),
        occurred_at=NOW + 5 * MINUTE,
        received_at=NOW + 5 * MINUTE,
    )
    messages.add(transaction, [message])
    tell(transaction, EventKind.MESSAGE_SENT, message.id)


def tell(transaction: Transaction, kind: EventKind, message_id: str | None = None) -> None:
    at = NOW + 5 * MINUTE if message_id else NOW
    transaction.emit(
        Event(kind=kind, at=at, actor="test", conversation_id=MATTER.id, contact_id=CONTACT.id, message_id=message_id)
    )


@asynccontextmanager
async def kept(url: str) -> AsyncIterator[tuple[Database, int]]:
    """A database in which a first reply is due in ten minutes."""
    async with open_database(url) as database:
        fence = await database.write(set_up)
        await database.write(arrive)
        yield database, fence


async def story(database: Database) -> list[Event]:
    return [event for event in await database.read(events.after, 0, 10_000) if event.kind in SAID]


async def test_a_deadline_is_warned_of_and_breached_once(database_url: str) -> None:
    async with kept(database_url) as (database, fence):
        first = await database.write(keep, Known(), fence, NOW)
        for minutes in (8, 8, 9, 10, 10, 30):
            await database.write(keep, Known(), fence, NOW + minutes * MINUTE)
        told = await story(database)
    assert first == Kept(more=False, next_at=NOW + 8 * MINUTE)
    assert [each.kind for each in told] == list(SAID)
    assert told[2].data["notify"] == [AGENT.id, BOSS.id]
    assert (told[2].reason, told[2].data["deadline"], told[2].data["preview"]) == (
        "everybody",
        "first reply",
        MATTER.preview,
    )


async def test_who_looks_after_another_queue_is_not_told(database_url: str) -> None:
    async with kept(database_url) as (database, fence):
        await database.write(divide)
        await database.write(keep, Known(), fence, NOW + 8 * MINUTE)
        (*_, warned) = await story(database)
    assert (warned.kind, warned.data["notify"]) == (EventKind.DEADLINE_WARNED, [AGENT.id, BOSS.id])


async def test_an_agents_answer_meets_it_and_a_machines_does_not(database_url: str) -> None:
    async with kept(database_url) as (database, fence):
        await database.write(answer, AuthorKind.SYSTEM)
        await database.write(keep, Known(), fence, NOW + 5 * MINUTE)
        (running,) = await database.read(deadlines.of_conversations, [MATTER.id])
        await database.write(answer, AuthorKind.AGENT)
        await database.write(keep, Known(), fence, NOW + 20 * MINUTE)
        (met,) = await database.read(deadlines.of_conversations, [MATTER.id])
        told = await story(database)
    assert (running.ended_at, running.due_at) == (None, NOW + 10 * MINUTE)
    assert (met.outcome, met.ended_at, met.breached_at) == ("met", NOW + 5 * MINUTE, None)
    assert [each.kind for each in told] == [EventKind.DEADLINE_CHANGED] * 2


async def test_whoever_lost_the_lease_writes_nothing(database_url: str) -> None:
    async with kept(database_url) as (database, fence):
        with pytest.raises(LeaseLost):
            await database.write(keep, Known(), fence - 1, NOW)
        assert await story(database) == []


async def test_a_policy_that_is_removed_takes_its_deadlines_along(database_url: str) -> None:
    async with kept(database_url) as (database, fence):
        await database.write(keep, Known(), fence, NOW)
        await database.write(policies.remove, PROMISE, NOW + MINUTE, "test")
        left = await database.write(keep, Known(), fence, NOW + 20 * MINUTE)
        (found,) = await database.read(deadlines.of_conversations, [MATTER.id])
    assert (found.outcome, found.breached_at, left.next_at) == ("dropped", None, None)


async def test_what_is_known_of_policies_is_forgotten_when_they_change(database_url: str) -> None:
    async with kept(database_url) as (database, fence):
        known = Known()
        await database.write(keep, known, fence, NOW)
        before = await database.read(known.policies)
        await database.write(tell, EventKind.MESSAGE_RECEIVED)
        await database.write(keep, known, fence, NOW)
        same = await database.read(known.policies)
        await database.write(policies.change, PROMISE, a_promise(id=PROMISE.id, minutes={"resolution": 5}), NOW, "test")
        await database.write(keep, known, fence, NOW)
        after = await database.read(known.policies)
    assert (same is before, after == before) == (True, False)
    assert after.listed[0].limits == {DeadlineKind.RESOLUTION: 5 * MINUTE}


async def test_the_first_policy_begins_with_what_happens_from_then_on(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT, CONTACT, AGENT)
        await database.write(arrive)
        await database.write(policies.add, a_promise(created_at=NOW + MINUTE), "test")
        fence = await database.write(leases.acquire, LEASE, "leader", NOW, NOW + timedelta(days=1))
        assert fence is not None
        assert await database.write(keep, Known(), fence, NOW + 20 * MINUTE) == Kept(more=False, next_at=None)
        assert await database.read(deadlines.of_conversations, [MATTER.id]) == []


async def test_the_keeper_wakes_when_a_deadline_is_due(sqlite_url: str) -> None:
    clock = SetClock()
    async with kept(sqlite_url) as (database, fence):
        breached = asyncio.Event()

        def ring(batch: Sequence[Event]) -> None:
            if any(each.kind is EventKind.DEADLINE_BREACHED for each in batch):
                breached.set()

        database.on_commit(ring)
        await database.write(keep, Known(), fence, NOW)
        clock.forward(10 * MINUTE - timedelta(milliseconds=50))
        keeping = asyncio.create_task(Keeper(database, _running(clock), fence).run())
        async with asyncio.timeout(30):
            await breached.wait()
        keeping.cancel()


async def test_a_promise_without_any_policy_is_kept_too(database_url: str) -> None:
    """What was said before it does not count, and a later promise takes its place."""
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT, CONTACT, AGENT, BOSS, MATTER)
        await database.write(answer, AuthorKind.AGENT)
        for minutes in (20, 30):
            await database.write(call_back, NOW + 6 * MINUTE, NOW + minutes * MINUTE)
        fence = await database.write(leases.acquire, LEASE, "leader", NOW, NOW + timedelta(days=1))
        assert fence is not None
        for minutes in (7, 26, 31):
            await database.write(keep, Known(), fence, NOW + minutes * MINUTE)
        found = await database.read(deadlines.of_conversations, [MATTER.id])
        told = await story(database)
    assert [(each.outcome, each.breached_at) for each in found] == [("dropped", None), (None, NOW + 30 * MINUTE)]
    assert [each.kind for each in told] == [EventKind.DEADLINE_CHANGED, *SAID]


def call_back(transaction: Transaction, now: datetime, due_at: datetime) -> None:
    promise(transaction, MATTER, DeadlineKind.CALLBACK, due_at, now, actor="contact", reason="asked for it")


async def test_the_keeper_hears_of_the_first_policy(sqlite_url: str) -> None:
    async with open_database(sqlite_url) as database:
        fence = await database.write(leases.acquire, LEASE, "leader", NOW, NOW + timedelta(days=1))
        assert fence is not None
        await database.write(store, ACCOUNT, CONTACT, AGENT)
        keeper, told = Keeper(database, SetClock(), fence), asyncio.Event()

        def ring(batch: Sequence[Event]) -> None:
            keeper.hear(batch)
            if any(each.kind is EventKind.DEADLINE_CHANGED for each in batch):
                told.set()

        database.on_commit(ring)
        keeping = asyncio.create_task(keeper.run())
        await database.write(policies.add, PROMISE, "test")
        await database.write(arrive)
        async with asyncio.timeout(30):
            await told.wait()
        keeping.cancel()


def _running(clock: SetClock) -> Clock:
    """A clock that goes on from where it was set."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return lambda: clock() + timedelta(seconds=loop.time() - began)


async def test_the_calendar_of_a_policy_stays(database_url: str) -> None:
    async with open_database(database_url) as database:
        with pytest.raises(IntegrityError):
            await database.write(policies.add, a_promise(calendar_id=CalendarId("none")), "test")
