"""Breaks: how many may take one at a time, who does, and what supervisors allow beyond the rules."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from conversations.breaks import PERMIT, PERSONAL
from conversations.ids import QueueId, UserId, new_id
from conversations.people import AgentState
from storage import queues
from storage.database import Transaction
from storage.lookups import among
from storage.tables import break_permits, users


def set_limits(transaction: Transaction, chosen: Mapping[QueueId, int], now: datetime, actor: str) -> None:
    """Say how many of these queues may be on a break at a time; 0 is as many as like."""
    for queue in queues.listed(transaction.connection):
        if chosen.get(queue.id, queue.most_on_break) != queue.most_on_break:
            queues.change(transaction, queue.id, {"most_on_break": chosen[queue.id]}, now, actor)


def resting(connection: Connection, ids: Iterable[UserId]) -> list[tuple[datetime, str]]:
    """Since when those of these people who are on a break of their own are, and what for."""
    on_break = (users.c.state == AgentState.BREAK) & users.c.state_reason.in_(PERSONAL)
    rows = connection.execute(select(users.c.state_since, users.c.state_reason).where(among(users.c.id, ids), on_break))
    return [(row.state_since, row.state_reason) for row in rows]


def permit(transaction: Transaction, user_id: UserId, now: datetime, actor: str, reason: str) -> None:
    """Allow a person one break, whatever the rules say."""
    row = {"id": new_id(), "user_id": user_id, "given_by": actor, "given_at": now, "reason": reason}
    transaction.connection.execute(insert(break_permits).values(**row, until=now + PERMIT))


def use_permit(transaction: Transaction, user_id: UserId, now: datetime) -> bool:
    """Spend what a supervisor allowed; False when there is nothing to spend."""
    good = (break_permits.c.user_id == user_id) & break_permits.c.used_at.is_(None) & (break_permits.c.until > now)
    first = select(break_permits.c.id).where(good).order_by(break_permits.c.until).limit(1).scalar_subquery()
    spent = update(break_permits).where(break_permits.c.id == first).values(used_at=now)
    return transaction.connection.execute(spent).rowcount > 0
