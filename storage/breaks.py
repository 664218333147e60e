"""Breaks: how many may take one at a time, who does, and what supervisors allow beyond the rules."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from conversations.breaks import PERMIT, PERSONAL, Room
from conversations.ids import QueueId, UserId, new_id
from conversations.people import AgentState
from conversations.shifts import RosterRules
from storage import queues
from storage.database import Transaction
from storage.tables import break_permits, queue_members, users
from storage.tables import queues as queue_rows


def set_limits(transaction: Transaction, chosen: Mapping[QueueId, int], now: datetime, actor: str) -> None:
    """Say how many of these queues may be on a break at a time; 0 is as many as like."""
    for queue in queues.listed(transaction.connection):
        if chosen.get(queue.id, queue.most_on_break) != queue.most_on_break:
            queues.change(transaction, queue.id, {"most_on_break": chosen[queue.id]}, now, actor)


def line_up(transaction: Transaction, user_id: UserId) -> None:
    """Nobody else of this person's queues with a limit takes a break until the commit: two would count the same."""
    theirs = select(queue_members.c.queue_id).where(queue_members.c.user_id == user_id)
    limited = select(queue_rows.c.id).where(queue_rows.c.id.in_(theirs), queue_rows.c.most_on_break > 0)
    queues.hold(transaction, [QueueId(row.id) for row in transaction.connection.execute(limited)])


def rooms(connection: Connection, user_id: UserId, rules: RosterRules) -> list[Room]:
    """What a person's queues with a limit have room for, without this person."""
    theirs = select(queue_members.c.queue_id).where(queue_members.c.user_id == user_id)
    limited = connection.execute(
        select(queue_rows.c.id, queue_rows.c.name, queue_rows.c.most_on_break)
        .where(queue_rows.c.id.in_(theirs), queue_rows.c.most_on_break > 0)
        .order_by(queue_rows.c.created_at, queue_rows.c.id)
    )
    return [_room(connection, user_id, rules, QueueId(row.id), row.name, row.most_on_break) for row in limited]


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


def _room(connection: Connection, user_id: UserId, rules: RosterRules, queue_id: QueueId, name: str, most: int) -> Room:
    members = select(queue_members.c.user_id).where(queue_members.c.queue_id == queue_id)
    resting = connection.execute(
        select(users.c.state_since, users.c.state_reason).where(
            users.c.id.in_(members),
            users.c.id != user_id,
            users.c.state == AgentState.BREAK,
            users.c.state_reason.in_(PERSONAL),
        )
    ).all()
    ends = [row.state_since + longest for row in resting if (longest := rules.longest(row.state_reason))]
    return Room(name, len(resting), most, min(ends, default=None))
