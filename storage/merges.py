"""Merges: queues that are worked as one for a while (合大组)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from conversations.events import Event, EventKind
from conversations.ids import MergeId, QueueId, UserId
from conversations.reasons import to_translate
from storage.database import Transaction
from storage.lookups import Lookup
from storage.rows import fields_of
from storage.tables import merges


@dataclass(frozen=True, kw_only=True)
class Merge:
    """Whoever works in one of these queues works in all of them, until `ends_at` or until somebody ends it."""

    id: MergeId
    queue_ids: frozenset[QueueId]
    reason: str
    begun_at: datetime
    begun_by: UserId
    ends_at: datetime | None = None


_LISTED = Lookup(select(merges).order_by(merges.c.id))


def listed(connection: Connection) -> list[Merge]:
    """Those that are on, the oldest first."""
    return [_merge(fields) for fields in _LISTED.named(connection)]


def together(connection: Connection) -> list[frozenset[QueueId]]:
    """The queues that are worked as one."""
    return [merge.queue_ids for merge in listed(connection)]


def add(transaction: Transaction, merge: Merge) -> None:
    """Begin to work these queues as one."""
    values = vars(merge) | {"queue_ids": sorted(merge.queue_ids)}
    transaction.connection.execute(insert(merges).values(**values))
    _tell(transaction, EventKind.QUEUES_MERGED, merge, merge.begun_at, merge.begun_by, merge.reason)


def end(transaction: Transaction, merge_id: MergeId, now: datetime, actor: str, reason: str) -> bool:
    """Work each queue by itself again; False when it was ended already."""
    row = transaction.connection.execute(delete(merges).where(merges.c.id == merge_id).returning(merges)).one_or_none()
    if row is not None:
        _tell(transaction, EventKind.QUEUES_PARTED, _merge(fields_of(row)), now, actor, reason)
    return row is not None


def over(connection: Connection, now: datetime) -> list[MergeId]:
    """Those whose time is over."""
    return [MergeId(row.id) for row in connection.execute(select(merges.c.id).where(merges.c.ends_at <= now))]


def _merge(fields: dict[str, Any]) -> Merge:
    return Merge(**(fields | {"queue_ids": frozenset(fields["queue_ids"])}))


def _tell(transaction: Transaction, kind: EventKind, merge: Merge, now: datetime, actor: str, reason: str) -> None:
    data = {"queue_ids": sorted(merge.queue_ids), "ends_at": merge.ends_at, **to_translate(reason)}
    transaction.emit(Event(kind=kind, at=now, actor=actor, subject_id=merge.id, reason=reason, data=data))
