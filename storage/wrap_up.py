"""Wrapping up: who finishes a matter takes no new one for the time that its queue allows, and no longer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from conversations.conversation import Conversation
from conversations.events import Event, EventKind
from conversations.ids import UserId
from conversations.people import AgentState, User
from conversations.states import AFTERWARDS
from storage import alerts, people, states
from storage.database import Transaction
from storage.tables import queue_members, queues, users


def begin(transaction: Transaction, settled: Conversation, user_id: UserId, now: datetime) -> None:
    """Whoever settled a matter that was theirs wraps it up, if its queue gives time for that."""
    allowed = _allowed(transaction.connection, settled)
    if user_id != settled.assignee_id or not allowed:
        return
    agent = people.held(transaction, [user_id])[user_id]
    if agent.state in (AgentState.READY, AgentState.BUSY) or agent.state_reason == AFTERWARDS:
        states.set_state(transaction, user_id, AgentState.WRAP_UP, now, "system", AFTERWARDS, until=now + allowed)


def norm(connection: Connection, user: User, now: datetime) -> datetime | None:
    """Until when somebody may wrap up who says so: from when they began, as long as any of their queues allows."""
    if user.state is AgentState.WRAP_UP:
        return user.state_until
    longest = connection.execute(
        select(func.max(queues.c.wrap_up_seconds))
        .join(queue_members, queue_members.c.queue_id == queues.c.id)
        .where(queue_members.c.user_id == user.id)
    ).scalar_one()
    return now + timedelta(seconds=longest) if longest else None


def over(connection: Connection, now: datetime) -> list[UserId]:
    """Whose time to wrap up is over."""
    rows = connection.execute(select(users.c.id).where(users.c.state == AgentState.WRAP_UP, users.c.state_until <= now))
    return [UserId(row.id) for row in rows]


def finish(transaction: Transaction, ids: Iterable[UserId], now: datetime) -> None:
    """Whoever came into it by a matter is ready again; of whoever stays by their own word everybody above is told."""
    for agent in people.held(transaction, ids).values():
        if agent.state is not AgentState.WRAP_UP or agent.state_until is None or agent.state_until > now:
            continue
        if agent.state_reason == AFTERWARDS:
            states.set_state(transaction, agent.id, AgentState.READY, now, "system", "", why="wrap-up is over")
            states.follow_load(transaction, [agent.id], now)
        else:
            _tell(transaction, agent, now)


def _tell(transaction: Transaction, agent: User, now: datetime) -> None:
    transaction.connection.execute(update(users).where(users.c.id == agent.id).values(state_until=None))
    event = Event(
        kind=EventKind.AGENT_WRAPS_LONG,
        at=now,
        actor="system",
        subject_id=agent.id,
        data={"name": agent.name, "since": agent.state_since},
    )
    alerts.alert(transaction, [agent.id, *people.leaders_of(transaction.connection, agent.queue_ids)], event)


def _allowed(connection: Connection, settled: Conversation) -> timedelta:
    found = connection.execute(
        select(queues.c.wrap_up_seconds).where(queues.c.id == settled.queue_id)
    ).scalar_one_or_none()
    return timedelta(seconds=found or 0)
