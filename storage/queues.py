"""Queues, their members, and the ordered rules that lead into them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from conversations.events import Event, EventKind
from conversations.ids import QueueId, RuleId, UserId, new_id
from storage.bulk import Lookup
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import queue_members, queues, rules


@dataclass(frozen=True)
class Queue:
    """A group of agents that shares work (技能组); `strategy` is one of `routing.team.Strategy`."""

    id: QueueId
    name: str
    members: frozenset[UserId]
    strategy: str = "balanced"


@dataclass(frozen=True)
class RuleRow:
    """One line of the ordered list that leads conversations into queues; `conditions` are read by `routing.rules`."""

    id: RuleId
    position: int
    name: str
    conditions: Mapping[str, object]
    queue_id: QueueId


_MEMBERS = Lookup(select(queue_members.c.queue_id, queue_members.c.user_id))
_LISTED = Lookup(select(queues.c.id, queues.c.name, queues.c.strategy).order_by(queues.c.created_at, queues.c.id))


def listed(connection: Connection) -> list[Queue]:
    """Every queue with its members, the oldest first."""
    members: dict[str, set[UserId]] = {}
    for queue_id, user_id in _MEMBERS.run(connection):
        members.setdefault(queue_id, set()).add(UserId(user_id))
    return [
        Queue(QueueId(queue), name, frozenset(members.get(queue, ())), strategy)
        for queue, name, strategy in _LISTED.run(connection)
    ]


def add(transaction: Transaction, name: str, now: datetime, actor: str) -> QueueId:
    """Make a queue; its name is unique."""
    queue_id = QueueId(new_id())
    transaction.connection.execute(insert(queues).values(id=queue_id, name=name, created_at=now))
    _tell(transaction, now, actor, f"queue {name} added")
    return queue_id


def set_members(
    transaction: Transaction, queue_id: QueueId, members: frozenset[UserId], now: datetime, actor: str
) -> None:
    """Say who works in a queue."""
    run = transaction.connection.execute
    run(delete(queue_members).where(queue_members.c.queue_id == queue_id))
    if members:
        run(insert(queue_members), [{"queue_id": queue_id, "user_id": user} for user in sorted(members)])
    _tell(transaction, now, actor, "queue members changed")


def set_queues_of(
    transaction: Transaction, user_id: UserId, wanted: frozenset[QueueId], now: datetime, actor: str, reason: str
) -> None:
    """Say in which queues a person works."""
    run = transaction.connection.execute
    run(delete(queue_members).where(queue_members.c.user_id == user_id))
    if wanted:
        run(insert(queue_members), [{"queue_id": queue, "user_id": user_id} for queue in sorted(wanted)])
    kind = EventKind.SETUP_CHANGED
    transaction.emit(Event(kind=kind, at=now, actor=actor, subject_id=user_id, reason=f"queues changed: {reason}"))


def change(
    transaction: Transaction, queue_id: QueueId, values: Mapping[str, object], now: datetime, actor: str
) -> None:
    """Write some columns of one queue."""
    transaction.connection.execute(update(queues).where(queues.c.id == queue_id).values(**values))
    _tell(transaction, now, actor, f"queue: {', '.join(f'{name} {value}' for name, value in values.items())}")


def rule_rows(connection: Connection) -> list[RuleRow]:
    """The rules in their order."""
    rows = connection.execute(select(rules).order_by(rules.c.position, rules.c.id))
    return [RuleRow(**fields_of(row)) for row in rows]


def add_rule(
    transaction: Transaction,
    name: str,
    conditions: Mapping[str, object],
    queue_id: QueueId,
    now: datetime,
    actor: str,
) -> RuleId:
    """Add a rule behind the others."""
    rule_id = RuleId(new_id())
    last = transaction.connection.execute(select(func.coalesce(func.max(rules.c.position), 0))).scalar_one()
    transaction.connection.execute(
        insert(rules).values(id=rule_id, position=last + 1, name=name, conditions=conditions, queue_id=queue_id)
    )
    _tell(transaction, now, actor, f"rule {name} added")
    return rule_id


def remove_rule(transaction: Transaction, rule_id: RuleId, now: datetime, actor: str) -> None:
    """Take a rule out of the list."""
    transaction.connection.execute(delete(rules).where(rules.c.id == rule_id))
    _tell(transaction, now, actor, "rule removed")


def _tell(transaction: Transaction, now: datetime, actor: str, reason: str) -> None:
    transaction.emit(Event(kind=EventKind.SETUP_CHANGED, at=now, actor=actor, reason=reason))
