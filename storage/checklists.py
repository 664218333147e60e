"""What people check before a shift, and when they ticked it off."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from conversations.events import Event, EventKind
from conversations.ids import UserId
from storage.database import Transaction
from storage.tables import checklist_items, checklist_ticks


@dataclass(frozen=True)
class Tick:
    """Something was checked; as it was called then."""

    item: str
    at: datetime


def items(connection: Connection) -> list[str]:
    """What there is to check, in its order."""
    return list(connection.scalars(select(checklist_items.c.item).order_by(checklist_items.c.position)))


def set_items(transaction: Transaction, wanted: Sequence[str], now: datetime, actor: str) -> None:
    """Say what there is to check."""
    transaction.connection.execute(delete(checklist_items))
    if wanted:
        rows = [{"position": position, "item": item} for position, item in enumerate(wanted)]
        transaction.connection.execute(insert(checklist_items), rows)
    reason = f"checklist: {', '.join(wanted)}"
    transaction.emit(Event(kind=EventKind.ROSTER_CHANGED, at=now, actor=actor, reason=reason))


def tick(transaction: Transaction, user_id: UserId, item: str, now: datetime) -> None:
    """Note that somebody has checked something now."""
    transaction.connection.execute(insert(checklist_ticks).values(user_id=user_id, at=now, item=item))
    kind = EventKind.CHECKLIST_TICKED
    transaction.emit(Event(kind=kind, at=now, actor=user_id, subject_id=user_id, reason=item))


def ticks(
    connection: Connection, start: datetime, end: datetime, user_id: UserId | None = None
) -> Mapping[UserId, Sequence[Tick]]:
    """What was ticked off from `start` until `end`, by everybody or by one person, in its order."""
    query = select(checklist_ticks).where(checklist_ticks.c.at >= start, checklist_ticks.c.at < end)
    if user_id is not None:
        query = query.where(checklist_ticks.c.user_id == user_id)
    found: defaultdict[UserId, list[Tick]] = defaultdict(list)
    for row in connection.execute(query.order_by(checklist_ticks.c.at)):
        found[UserId(row.user_id)].append(Tick(row.item, row.at))
    return found
