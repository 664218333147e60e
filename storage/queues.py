"""Queues and their members."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from conversations.events import Event, EventKind
from conversations.ids import QueueId, UserId, new_id
from storage import overflow
from storage.database import Transaction
from storage.lookups import Lookup
from storage.tables import queue_members, queues


@dataclass(frozen=True)
class Queue:
    """A group of agents that shares work (技能组); `strategy` is one of `routing.team.Strategy`.

    Customers wait for whom they know until `grace_seconds` are over; whoever served them last is such a one for
    `last_agent_minutes`. Agents have `offer_seconds` to accept a conversation, and after each they get nothing for
    `pause_seconds`. 0 is not at all.
    `tells_after`: after how many minutes a waiting customer is told where they stand, once; None is never.
    `most_on_break`: how many may be on a break of their own at a time; 0 is as many as like.
    `wrap_up_seconds`: how long whoever settled a matter takes no new one.
    `calls_back_within`: how many minutes later who asks for it is called back.
    """

    id: QueueId
    name: str
    members: frozenset[UserId]
    strategy: str = "balanced"
    tells_after: int | None = None
    grace_seconds: int = 0
    last_agent_minutes: int = 0
    offer_seconds: int = 0
    pause_seconds: int = 0
    most_on_break: int = 0
    wrap_up_seconds: int = 0
    calls_back_within: int = 60


_MEMBERS = Lookup(select(queue_members.c.queue_id, queue_members.c.user_id))
_NAMES = Lookup(select(queues.c.id, queues.c.name))
_LISTED = Lookup(select(queues).order_by(queues.c.created_at, queues.c.id))


def listed(connection: Connection) -> list[Queue]:
    """Every queue with its members, the oldest first."""
    members: dict[str, set[UserId]] = {}
    for queue_id, user_id in _MEMBERS.run(connection):
        members.setdefault(queue_id, set()).add(UserId(user_id))
    return [_queue(fields, members) for fields in _LISTED.named(connection)]


def names(connection: Connection) -> dict[str, str]:
    """What every queue is called."""
    return dict(_NAMES.run(connection))


def hold(transaction: Transaction, ids: Iterable[QueueId]) -> set[QueueId]:
    """Which of these queues there are, held against others who decide about them; work in them goes on."""
    rows = transaction.connection.execute(
        select(queues.c.id).where(queues.c.id.in_(list(ids))).order_by(queues.c.id).with_for_update(key_share=True)
    )
    return {QueueId(row.id) for row in rows}


def add(transaction: Transaction, name: str, now: datetime, actor: str) -> QueueId:
    """Make a queue; its name is unique."""
    queue_id = QueueId(new_id())
    transaction.connection.execute(insert(queues).values(id=queue_id, name=name, created_at=now))
    overflow.add_usual(transaction, queue_id)
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


def _queue(fields: dict[str, Any], members: Mapping[str, set[UserId]]) -> Queue:
    del fields["created_at"]
    return Queue(**fields, members=frozenset(members.get(fields["id"], ())))


def _tell(transaction: Transaction, now: datetime, actor: str, reason: str) -> None:
    transaction.emit(Event(kind=EventKind.SETUP_CHANGED, at=now, actor=actor, reason=reason))
