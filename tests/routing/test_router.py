"""Routers on real databases: one decides at a time, and nobody gets more than they can take."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Connection, func, select

from conversations.clock import Clock, utc_now
from conversations.conversation import Contact, Conversation, ConversationState
from conversations.events import Event, EventKind
from conversations.ids import ConversationId, MessageId, QueueId, new_id
from conversations.message import AuthorKind, Direction, Message
from conversations.parts import Text
from conversations.people import AgentState, User
from conversations.states import AFTERWARDS, COOLING
from exchange.feed import Feed
from routing.engine import GRACE, PRESENCE, Decision
from routing.plan import Plan
from routing.router import Router
from routing.term import Term, whole_floor
from routing.writing import LEASE, say_nothing, write_plan
from storage import contacts, conversations, events, leases, messages, people, queues, skills, tables
from storage import states as agent_states
from storage.database import Database, Transaction
from storage.leases import LeaseLost
from tests.support.builders import (
    NOW,
    SetClock,
    a_contact,
    a_conversation,
    a_rule,
    a_user,
    an_account,
    append_rule,
    open_database,
    store,
)
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer

LEASE_SECONDS = 0.6
"""A dead leader is replaced within this time, a resigned one within a third of it."""

PATIENCE = 30
"""Seconds after which a test gives up; nothing waits for them."""

ACCOUNT = an_account(kind="webchat")
CONTACT: Contact = a_contact()


@dataclass
class Gateway:
    """What a process has that routes: its own connections, its own feed, its own router."""

    database: Database
    feed: Feed
    router: Router
    routing: asyncio.Task[None]

    async def until(self, reached: Callable[[], Awaitable[bool]]) -> None:
        """Wait for a state of the database; it is looked at again after each commit."""
        async with asyncio.timeout(PATIENCE):
            if await reached():
                return
            async for _ in self.feed.follow(0):
                if await reached():
                    return

    async def story(self, *kinds: EventKind) -> list[Event]:
        return [event for event in await self.database.read(events.after, 0, 10_000) if event.kind in kinds]

    async def has_states(self, **wanted: int) -> bool:
        return await self.database.read(states) == wanted


def states(connection: Connection) -> dict[str, int]:
    """How many conversations there are in each state."""
    table = tables.conversations
    rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
    return {row.state: row[1] for row in rows}


async def becomes(condition: Callable[[], bool]) -> None:
    """Wait for something that is seen in this process only."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # nothing rings a bell for it
            await asyncio.sleep(0.001)


@asynccontextmanager
async def floor(*urls: str, clock: Clock, lease_seconds: float = LEASE_SECONDS) -> AsyncIterator[list[Gateway]]:
    """Processes that route on these databases; whatever one commits rings the bells of all."""
    async with AsyncExitStack() as stack:
        databases = [await stack.enter_async_context(open_database(url)) for url in urls]
        feeds = [Feed(database) for database in databases]
        for database in databases:
            database.on_commit(lambda _: ring(feeds))
        gateways = []
        for number, (database, feed) in enumerate(zip(databases, feeds, strict=True)):
            await feed.start()
            await stack.enter_async_context(running(feed.run()))
            router = Router(database, feed.follow, clock, f"gateway {number}", UTC, lease_seconds)
            routing = await stack.enter_async_context(running(router.run()))
            gateways.append(Gateway(database, feed, router, routing))
        yield gateways


def ring(feeds: Sequence[Feed]) -> None:
    for feed in feeds:
        feed.ring()


@asynccontextmanager
async def running(work: Coroutine[None, None, None]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        await ended(task)


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def set_up(transaction: Transaction, agents: Sequence[User]) -> QueueId:
    """One queue in which these agents are ready."""
    store(transaction, ACCOUNT, CONTACT, *agents)
    queue_id = queues.add(transaction, "客服", NOW, "test")
    queues.set_members(transaction, queue_id, frozenset(each.id for each in agents), NOW, "test")
    for each in agents:
        agent_states.set_state(transaction, each.id, AgentState.READY, NOW, each.id, "")
    return queue_id


def a_matter(**changes: Any) -> Conversation:
    return a_conversation(ACCOUNT.id, CONTACT.id, **changes)


def arrive(transaction: Transaction, *arrivals: Conversation) -> None:
    store(transaction, *arrivals)
    for each in arrivals:
        tell(transaction, EventKind.CONVERSATION_OPENED, each)


def resolve(transaction: Transaction, conversation_id: ConversationId) -> None:
    held = conversations.lock(transaction, conversation_id)
    assert held is not None
    conversations.change(transaction, held.id, {"state": ConversationState.RESOLVED, "resolved_at": NOW})
    tell(transaction, EventKind.CONVERSATION_RESOLVED, held)


def reopen(transaction: Transaction, conversation_id: ConversationId) -> None:
    held = conversations.lock(transaction, conversation_id)
    assert held is not None
    conversations.change(transaction, held.id, {"state": ConversationState.QUEUED, "unanswered_since": NOW})
    tell(transaction, EventKind.CONVERSATION_REOPENED, held)


def tell(transaction: Transaction, kind: EventKind, conversation: Conversation) -> None:
    transaction.emit(
        Event(
            kind=kind,
            at=NOW,
            actor="test",
            conversation_id=conversation.id,
            data={"assignee_id": conversation.assignee_id},
        )
    )


def an_inbound(conversation: Conversation, text: str) -> Message:
    return Message(
        id=MessageId(new_id()),
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        account_id=conversation.account_id,
        address=conversation.address,
        direction=Direction.INBOUND,
        author=AuthorKind.CONTACT,
        author_id=conversation.contact_id,
        parts=(Text(text),),
        key=new_id(),
        occurred_at=NOW,
        received_at=NOW,
    )


def highest_loads(story: list[Event]) -> dict[str, int]:
    """The most conversations that each agent ever had at once, told by the events."""
    loads: Counter[str] = Counter()
    highest: dict[str, int] = {}
    for event in story:
        agent = str(event.data["assignee_id"])
        loads[agent] += 1 if event.kind is EventKind.CONVERSATION_ASSIGNED else -1
        highest[agent] = max(highest.get(agent, 0), loads[agent])
    return highest


async def resolve_as_they_come(gateway: Gateway) -> None:
    async for batch in gateway.feed.follow(0):
        for event in batch:
            if event.kind is EventKind.CONVERSATION_ASSIGNED:
                await gateway.database.write(resolve, ConversationId(event.conversation_id or ""))


async def test_two_hundred_arrivals_two_gateways_never_above_capacity_and_in_order(database_url: str) -> None:
    agents = [a_user(capacity=3) for _ in range(10)]
    arrivals = [a_matter() for _ in range(200)]
    async with floor(database_url, database_url, clock=SetClock()) as (first, second):
        await first.database.write(set_up, agents)
        await second.database.write(arrive, *arrivals)
        await first.until(lambda: first.has_states(assigned=30, queued=170))
        assert first.router.is_leader is not second.router.is_leader
        async with running(resolve_as_they_come(second)):
            await first.until(lambda: first.has_states(resolved=200))
        story = await first.story(EventKind.CONVERSATION_ASSIGNED, EventKind.CONVERSATION_RESOLVED)
    served = [event.conversation_id for event in story if event.kind is EventKind.CONVERSATION_ASSIGNED]
    assert served == [each.id for each in arrivals]
    assert highest_loads(story) == {each.id: 3 for each in agents}


async def test_another_gateway_takes_over_and_knows_what_is_going_on(database_url: str) -> None:
    agent = a_user(capacity=3)
    arrivals = [a_matter() for _ in range(6)]
    async with floor(database_url, database_url, clock=SetClock()) as gateways:
        leader, other = gateways
        await leader.database.write(set_up, [agent])
        await leader.database.write(arrive, *arrivals[:2])
        await leader.until(lambda: leader.has_states(assigned=2))
        if other.router.is_leader:
            leader, other = other, leader
        await ended(leader.routing)
        assert not leader.router.is_leader
        await other.database.write(arrive, *arrivals[2:])
        await other.until(lambda: other.has_states(assigned=3, queued=3))
        await other.database.write(resolve, arrivals[0].id)
        await other.until(lambda: other.has_states(resolved=1, assigned=3, queued=2))


async def test_a_restart_counts_what_agents_have_and_serves_who_waits(database_url: str) -> None:
    agent = a_user(capacity=3)
    async with open_database(database_url) as database:
        queue_id = await database.write(set_up, [agent])
        theirs: dict[str, Any] = {"queue_id": queue_id, "assignee_id": agent.id, "owner_id": agent.id}
        await database.write(
            arrive,
            a_matter(state=ConversationState.ASSIGNED, **theirs),
            a_matter(state=ConversationState.WAITING, unanswered_since=None, **theirs),
            a_matter(state=ConversationState.QUEUED, queue_id=queue_id),
            a_matter(state=ConversationState.QUEUED, queue_id=queue_id),
        )
    async with floor(database_url, clock=SetClock()) as (gateway,):
        await gateway.until(lambda: gateway.has_states(assigned=2, waiting=1, queued=1))
        (event,) = await gateway.story(EventKind.CONVERSATION_ASSIGNED)
    assert (event.actor, event.subject_id, event.reason) == ("router", agent.id, "lowest load 2 of 3")


async def test_a_router_whose_lease_was_taken_cannot_write(database_url: str) -> None:
    async with open_database(database_url) as database:
        queue_id = await database.write(set_up, [])
        waiting = a_matter(queue_id=queue_id)
        await database.write(arrive, waiting)
        late, later = NOW + timedelta(seconds=20), NOW + timedelta(seconds=40)
        old = await database.write(leases.acquire, LEASE, "slow", NOW, NOW + timedelta(seconds=10))
        new = await database.write(leases.acquire, LEASE, "quick", late, later)
        assert (old, new) == (1, 2)
        with pytest.raises(LeaseLost):
            await database.write(write_plan, 1, Plan((), (), NOW), late)


async def test_a_leader_that_finds_its_lease_taken_stands_back_until_it_is_free(database_url: str) -> None:
    agent = a_user()
    arrival = a_matter()
    clock = SetClock()
    async with floor(database_url, clock=clock) as (gateway,):
        await gateway.database.write(set_up, [agent])
        await gateway.database.write(arrive, a_matter())
        await gateway.until(lambda: gateway.has_states(assigned=1))
        # As if the leader had been stopped beyond its lease, and woken up again.
        stolen = clock.now + timedelta(seconds=LEASE_SECONDS)
        await gateway.database.write(leases.acquire, LEASE, "thief", stolen, stolen + timedelta(hours=1))
        await gateway.database.write(arrive, arrival)
        await becomes(lambda: not gateway.router.is_leader)
        assert await gateway.has_states(assigned=1, new=1)
        await gateway.database.write(leases.release, LEASE, "thief", clock.now)
        await gateway.until(lambda: gateway.has_states(assigned=2))


async def test_the_reasons_can_be_read(database_url: str) -> None:
    agent = a_user()
    asks, greets = a_matter(), a_matter()
    async with floor(database_url, clock=SetClock()) as (gateway,):
        queue_id = await gateway.database.write(set_up, [agent])
        await gateway.database.write(append_rule, a_rule(queue_id, name="退款", conditions={"words": ["退款"]}))

        def arrive_with_words(transaction: Transaction) -> None:
            arrive(transaction, asks, greets)
            messages.add(
                transaction, [an_inbound(asks, "你好,我要退款"), an_inbound(asks, "快点"), an_inbound(greets, "你好")]
            )

        await gateway.database.write(arrive_with_words)
        await gateway.until(lambda: gateway.has_states(assigned=2))
        story = await gateway.story(EventKind.CONVERSATION_QUEUED, EventKind.CONVERSATION_ASSIGNED)
        given = await gateway.database.read(conversations.get, asks.id)
    assert [(each.conversation_id, each.reason) for each in story] == [
        (asks.id, 'rule "退款" → queue "客服"'),
        (greets.id, 'no rule matches → queue "客服"'),
        (asks.id, "lowest load 0 of 3"),
        (greets.id, "lowest load 1 of 3"),
    ]
    assert given is not None
    assert (given.queue_id, given.assignee_id, given.owner_id) == (queue_id, agent.id, agent.id)


async def test_a_rule_writes_what_it_wants_and_speaks_once(database_url: str) -> None:
    matter = a_matter()
    actions = {
        "priority": 7,
        "skill": {"name": "loans", "level": 2},
        "category": "complaint",
        "tags": ["angry"],
        "reply": {"zh-CN": "马上就来", "en": "In a minute"},
    }
    said: list[tuple[str, dict[str, str]]] = []

    def say(_: Transaction, conversation: Conversation, words: Mapping[str, str], about: str, now: datetime) -> None:
        said.append((conversation.id, dict(words)))

    async with open_database(database_url) as database:
        queue_id = await database.write(set_up, [])
        await database.write(append_rule, a_rule(queue_id, actions={"queue": queue_id, **actions}))
        await database.write(arrive, matter)
        fence = await database.write(leases.acquire, LEASE, "here", NOW, NOW + timedelta(minutes=1))
        assert fence is not None
        _, known = await database.read(whole_floor, UTC)
        term = Term(database, SetClock(), fence, known, say)
        await term.decide()
        await term.decide()
        placed = await database.read(conversations.get, matter.id)
        contact = await database.read(contacts.get, CONTACT.id)
    assert placed is not None
    assert contact is not None
    assert (placed.queue_id, placed.priority, placed.category) == (queue_id, 7, "complaint")
    assert (placed.skill, placed.skill_level) == ("loans", 2)
    assert contact.tags == ("angry",)
    assert said == [(matter.id, actions["reply"])]


async def test_without_a_queue_a_conversation_waits_for_one(database_url: str) -> None:
    agent, arrival = a_user(), a_matter()
    async with floor(database_url, clock=SetClock()) as (gateway,):
        await gateway.database.write(store, ACCOUNT, CONTACT)
        await gateway.database.write(arrive, arrival)
        await becomes(lambda: gateway.router.is_leader)
        assert await gateway.has_states(new=1)

        def open_for_business(transaction: Transaction) -> None:
            store(transaction, agent)
            queue_id = queues.add(transaction, "客服", NOW, "test")
            queues.set_members(transaction, queue_id, frozenset((agent.id,)), NOW, "test")
            agent_states.set_state(transaction, agent.id, AgentState.READY, NOW, agent.id, "")

        await gateway.database.write(open_for_business)
        await gateway.until(lambda: gateway.has_states(assigned=1))


async def test_a_reopened_conversation_goes_back_to_who_had_it(database_url: str) -> None:
    agents = [a_user(), a_user()]
    arrivals = [a_matter() for _ in range(3)]
    async with floor(database_url, clock=SetClock()) as (gateway,):
        await gateway.database.write(set_up, agents)
        await gateway.database.write(arrive, *arrivals)
        await gateway.until(lambda: gateway.has_states(assigned=3))
        await gateway.database.write(resolve, arrivals[1].id)
        await gateway.database.write(reopen, arrivals[1].id)
        await gateway.until(lambda: gateway.has_states(assigned=3))
        story = await gateway.story(EventKind.CONVERSATION_ASSIGNED)
    first, again = (each for each in story if each.conversation_id == arrivals[1].id)
    assert again.subject_id == first.subject_id
    assert again.reason == "first-responsible agent, load 0 of 3"


async def test_customers_of_an_agent_without_a_connection_go_to_somebody_else(database_url: str) -> None:
    lost, other = a_user(), a_user()
    clock = SetClock()
    async with floor(database_url, clock=clock) as (gateway,):
        queue_id = await gateway.database.write(set_up, [lost])
        asks, rests = a_matter(), a_matter()
        await gateway.database.write(arrive, asks, rests)
        await gateway.until(lambda: gateway.has_states(assigned=2))
        answered = {"state": ConversationState.WAITING, "unanswered_since": None}
        await gateway.database.write(conversations.change, rests.id, answered)
        clock.forward(GRACE + timedelta(seconds=1))

        def join(transaction: Transaction, now: datetime) -> None:
            store(transaction, other)
            queues.set_members(transaction, queue_id, frozenset((lost.id, other.id)), now, "test")
            agent_states.set_state(transaction, other.id, AgentState.READY, now, other.id, "")

        await gateway.database.write(join, clock.now)

        async def handed_on() -> bool:
            found = await gateway.database.read(conversations.get, asks.id)
            return found is not None and found.assignee_id == other.id

        await gateway.until(handed_on)
        left = await gateway.database.read(people.get, lost.id)
        kept = await gateway.database.read(conversations.get, rests.id)
        given = await gateway.database.read(conversations.get, asks.id)
        story = await gateway.story(EventKind.CONVERSATION_QUEUED, EventKind.AGENT_STATE_CHANGED)
    assert left is not None
    assert left.state is AgentState.OFFLINE
    assert kept is not None
    assert kept.assignee_id == lost.id
    assert given is not None
    assert given.owner_id == lost.id, "the first-responsible agent stays the same"
    assert [each.reason for each in story[-2:]] == ["connection lost", "connection lost"]


async def test_customers_do_not_wait_for_somebody_on_a_break_whose_screen_is_gone(database_url: str) -> None:
    """Their conversations that need no answer stay with them, and so does the break."""
    agent, asks, rests = a_user(), a_matter(), a_matter()
    clock = SetClock()
    async with floor(database_url, clock=clock) as (gateway,):
        await gateway.database.write(set_up, [agent])
        await gateway.database.write(arrive, asks, rests)
        await gateway.until(lambda: gateway.has_states(assigned=2))
        answered = {"state": ConversationState.WAITING, "unanswered_since": None}
        await gateway.database.write(conversations.change, rests.id, answered)
        await gateway.database.write(agent_states.set_state, agent.id, AgentState.BREAK, clock.now, agent.id, "meal")
        clock.forward(GRACE + timedelta(seconds=1))
        await gateway.until(lambda: gateway.has_states(queued=1, waiting=1))
        on_break = await gateway.database.read(people.get, agent.id)
    assert on_break is not None
    assert on_break.state is AgentState.BREAK


async def test_three_missed_heartbeats_are_a_lost_connection(database_url: str) -> None:
    """No new work comes, and whoever is seen again goes on."""
    agent, waits = a_user(), a_matter()
    clock = SetClock()
    async with floor(database_url, clock=clock) as (gateway,):
        await gateway.database.write(set_up, [agent])
        clock.forward(PRESENCE + timedelta(seconds=1))

        async def is_in(state: AgentState) -> bool:
            found = await gateway.database.read(people.get, agent.id)
            return found is not None and found.state is state

        await gateway.until(lambda: is_in(AgentState.CONNECTION_LOST))
        await gateway.database.write(arrive, waits)
        await gateway.until(lambda: gateway.has_states(queued=1))
        await gateway.database.write(agent_states.see, [agent.id], clock.now)
        await gateway.until(lambda: gateway.has_states(assigned=1))
        assert await is_in(AgentState.READY)


@pytest.mark.parametrize(("state", "reason"), [(AgentState.WRAP_UP, AFTERWARDS), (AgentState.COOL_OFF, COOLING)])
async def test_whoever_has_wrapped_up_or_cooled_off_is_ready_and_gets_who_waits(
    database_url: str, state: AgentState, reason: str
) -> None:
    agent, waits, clock = a_user(capacity=1), a_matter(), SetClock()
    async with floor(database_url, clock=clock) as (gateway,):
        await gateway.database.write(set_up, [agent])
        change, until = agent_states.set_state, clock.now + timedelta(seconds=30)
        await gateway.database.write(change, agent.id, state, clock.now, agent.id, reason, until=until)
        await gateway.database.write(arrive, waits)
        await gateway.until(lambda: gateway.has_states(queued=1))
        clock.forward(timedelta(seconds=31))
        await gateway.until(lambda: gateway.has_states(assigned=1))


async def test_who_takes_a_conversation_by_hand_is_quicker_than_the_plan(database_url: str) -> None:
    """A plan that was overtaken changes nothing, and says with which conversation."""
    agent, arrival = a_user(capacity=1), a_matter()
    async with open_database(database_url) as database:
        queue_id = await database.write(set_up, [agent])
        taken = replace(arrival, queue_id=queue_id, state=ConversationState.ASSIGNED, assignee_id=agent.id)
        waits = a_matter(queue_id=queue_id, state=ConversationState.QUEUED)
        await database.write(arrive, taken, waits)
        fence = await database.write(leases.acquire, LEASE, "test", NOW, NOW + timedelta(seconds=10))
        assert fence is not None
        plan = Plan((), tuple(Decision(each.id, queue_id, agent.id, "") for each in (taken, waits)), NOW)
        refused = await database.write(write_plan, fence, plan, NOW)
        after = await database.read(conversations.many, [taken.id, waits.id])
    assert refused == {taken.id, waits.id}
    assert after == {taken.id: taken, waits.id: waits}


async def test_who_takes_one_by_hand_in_the_same_moment_is_waited_for(postgresql_url: str) -> None:
    """What they took is not committed yet when the router looks, and counts all the same."""
    agent = a_user(capacity=1)
    async with open_database(postgresql_url) as database:
        queue_id = await database.write(set_up, [agent])
        taken, waits = (a_matter(queue_id=queue_id, state=ConversationState.QUEUED) for _ in range(2))
        await database.write(arrive, taken, waits)
        fence = await database.write(leases.acquire, LEASE, "test", NOW, NOW + timedelta(seconds=10))
        assert fence is not None
        plan = Plan((), (Decision(waits.id, queue_id, agent.id, ""),), NOW)
        by_hand = await asyncpg.connect(postgresql_url)
        async with by_hand.transaction():
            take = "UPDATE conversations SET state = 'assigned', assignee_id = $1 WHERE id = $2"
            await by_hand.execute(take, agent.id, taken.id)
            await by_hand.execute("SELECT id FROM users WHERE id = $1 FOR UPDATE", agent.id)
            writing = asyncio.create_task(database.write(write_plan, fence, plan, NOW))

            async def waits_or_is_done() -> bool:
                locks = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                return writing.done() or await by_hand.fetchval(locks) > 0

            await eventually(waits_or_is_done, "the router waits")
        await by_hand.close()
        assert await writing == {waits.id}


async def test_weights_and_skills_are_looked_at_again_under_the_lease(database_url: str) -> None:
    """Capacity 2 is eight quarters: a complaint of eight fits, a mail behind it does not. Level 1 is not 2."""
    agent, novice = a_user(capacity=2), a_user()
    async with open_database(database_url) as database:
        queue_id = await database.write(set_up, [agent, novice])
        placed = {"queue_id": queue_id, "state": ConversationState.QUEUED}
        complaint, mail = a_matter(weight=8, **placed), a_matter(weight=1, **placed)
        loan = a_matter(skill="loans", skill_level=2, **placed)
        await database.write(arrive, complaint, mail, loan)
        await database.write(skills.write, novice.id, {"loans": 1}, NOW, "test")
        fence = await database.write(leases.acquire, LEASE, "test", NOW, NOW + timedelta(seconds=10))
        assert fence is not None
        wanted = ((complaint, agent), (mail, agent), (loan, novice))
        decisions = tuple(Decision(each.id, queue_id, who.id, "") for each, who in wanted)
        refused = await database.write(write_plan, fence, Plan((), decisions, NOW), NOW)
        served = await database.read(people.served)
    assert refused == {mail.id, loan.id}
    assert served == {agent.id: people.Served(NOW, 1)}


async def test_the_count_of_the_day_survives_a_router_and_ends_at_midnight(database_url: str) -> None:
    agent, hour = a_user(), timedelta(hours=1)
    async with open_database(database_url) as database:
        await database.write(store, agent)
        await database.write(people.count_served, {agent.id: 2}, {}, NOW - hour, NOW)
        await database.write(people.count_served, {agent.id: 1}, {}, NOW - hour, NOW + hour)
        today = await database.read(people.served)
        await database.write(people.count_served, {agent.id: 1}, {}, NOW + 2 * hour, NOW + 3 * hour)
        tomorrow = await database.read(people.served)
    assert today == {agent.id: people.Served(NOW + hour, 3)}
    assert tomorrow == {agent.id: people.Served(NOW + 3 * hour, 1)}


async def test_a_conversation_weighs_what_its_channel_says(database_url: str) -> None:
    """E-mails are a quarter each: an agent with one place has four of them, and the fifth waits."""
    mailbox = an_account(kind="email")
    arrivals = [a_conversation(mailbox.id, CONTACT.id) for _ in range(5)]
    async with floor(database_url, clock=SetClock()) as (gateway,):
        await gateway.database.write(set_up, [a_user(capacity=1)])
        await gateway.database.write(store, mailbox)
        await gateway.database.write(arrive, *arrivals)
        await gateway.until(lambda: gateway.has_states(assigned=4, queued=1))


async def test_the_router_wakes_by_itself_when_a_pause_ends(database_url: str) -> None:
    """Its next renewal of the lease is minutes away, and nothing happens meanwhile."""
    arrivals = [a_matter(), a_matter()]
    async with floor(database_url, clock=utc_now, lease_seconds=600) as (gateway,):
        queue_id = await gateway.database.write(set_up, [a_user(state_since=utc_now())])
        await gateway.database.write(queues.change, queue_id, {"pause_seconds": 1}, NOW, "test")

        def be_there(transaction: Transaction) -> None:
            people.change(
                transaction, next(iter(people.listed(transaction.connection))).id, {"seen_at": utc_now()}, NOW, "test"
            )
            arrive(transaction, *arrivals)

        await gateway.database.write(be_there)
        await gateway.until(lambda: gateway.has_states(assigned=2))
        first, second = await gateway.story(EventKind.CONVERSATION_ASSIGNED)
    assert second.at - first.at >= timedelta(seconds=1)


async def test_another_leader_knows_who_pauses(database_url: str) -> None:
    agent, arrivals = a_user(), [a_matter(), a_matter()]
    clock = SetClock()
    async with open_database(database_url) as database:
        queue_id = await database.write(set_up, [agent])
        await database.write(queues.change, queue_id, {"pause_seconds": 30}, NOW, "test")
        await database.write(arrive, *arrivals)
        fence = await database.write(leases.acquire, LEASE, "here", NOW, NOW + timedelta(hours=1))
        assert fence is not None
        for seconds, served in ((0, 1), (29, 1), (30, 2)):
            clock.now = NOW + timedelta(seconds=seconds)
            _, known = await database.read(whole_floor, UTC)
            await Term(database, clock, fence, known, say_nothing).decide()
            assert (await database.read(states)).get("assigned") == served


async def test_a_named_manager_is_waited_for_by_every_leader_until_the_grace_time_ends(database_url: str) -> None:
    """Whoever leads: the customer's wait is in the database, and the time that they grant with it."""
    manager, other = a_user(capacity=1), a_user()
    theirs = a_contact(manager_id=manager.id)
    clock = SetClock()
    async with open_database(database_url) as database:
        queue_id = await database.write(set_up, [manager, other])
        await database.write(queues.change, queue_id, {"grace_seconds": 40}, NOW, "test")
        at_work = {"state": ConversationState.ASSIGNED, "queue_id": queue_id, "assignee_id": manager.id}
        waits = a_conversation(ACCOUNT.id, theirs.id)
        await database.write(store, theirs, a_matter(**at_work))
        await database.write(arrive, waits)
        fence = await database.write(leases.acquire, LEASE, "here", NOW, NOW + timedelta(hours=1))
        assert fence is not None
        for seconds, assignee in ((0, None), (39, None), (40, other.id)):
            clock.now = NOW + timedelta(seconds=seconds)
            _, known = await database.read(whole_floor, UTC)
            await Term(database, clock, fence, known, say_nothing).decide()
            found = await database.read(conversations.get, waits.id)
            assert found is not None
            assert found.assignee_id == assignee
        (event,) = (
            each for each in await database.read(events.after, 0, 100) if each.kind is EventKind.CONVERSATION_ASSIGNED
        )
    assert event.reason == "named manager busy; lowest load 0 of 3"
    assert event.data["steps"] == [{"sentence": "named manager busy", "values": {}}]


@pytest.mark.parametrize(("later", "again"), [(29, True), (31, False)])
async def test_who_resolved_the_customers_last_matter_is_remembered(database_url: str, later: int, again: bool) -> None:
    idle, before = a_user(), a_user()
    customer = a_contact()
    async with open_database(database_url) as database:
        queue_id = await database.write(set_up, [idle, before])
        await database.write(queues.change, queue_id, {"last_agent_minutes": 30}, NOW, "test")
        done = {"state": ConversationState.CLOSED, "resolved_at": NOW, "resolved_by": before.id, "queue_id": queue_id}
        await database.write(store, customer, a_conversation(ACCOUNT.id, customer.id, **done))
        busy = {"state": ConversationState.ASSIGNED, "queue_id": queue_id, "assignee_id": before.id}
        await database.write(store, a_matter(**busy))
        now = NOW + timedelta(minutes=later)
        comes = a_conversation(ACCOUNT.id, customer.id, opened_at=now, unanswered_since=now)
        await database.write(arrive, comes)
        for each in (idle, before):
            await database.write(people.change, each.id, {"seen_at": now}, now, "test")
        fence = await database.write(leases.acquire, LEASE, "here", now, now + timedelta(hours=1))
        assert fence is not None
        _, known = await database.read(whole_floor, UTC)
        await Term(database, SetClock(now), fence, known, say_nothing).decide()
        found = await database.read(conversations.get, comes.id)
    assert found is not None
    assert found.assignee_id == (before.id if again else idle.id)


async def test_a_router_outlives_its_database(postgres: PostgresServer, postgresql_url: str) -> None:
    name = postgresql_url.partition("?")[0].rpartition("/")[2]
    async with floor(postgresql_url, clock=SetClock()) as (gateway,):
        await gateway.database.write(set_up, [a_user()])
        await becomes(lambda: gateway.router.is_leader)
        await postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608  # our own name
        await becomes(lambda: not gateway.router.is_leader)
        await postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await gateway.database.write(arrive, a_matter())
        await gateway.until(lambda: gateway.has_states(assigned=1))
