"""Time that people lost through no fault of their own: entered by one, approved by another."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from conversations.attendance import LostTime
from conversations.events import Event, EventKind
from conversations.ids import LostTimeId, UserId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import lost_times


def between(connection: Connection, start: datetime, end: datetime, user_id: UserId | None = None) -> list[LostTime]:
    """What is at least partly between these moments, of everybody or of one person, in its order."""
    query = select(lost_times).where(lost_times.c.since < end, lost_times.c.until > start)
    if user_id is not None:
        query = query.where(lost_times.c.user_id == user_id)
    rows = connection.execute(query.order_by(lost_times.c.since, lost_times.c.id))
    return [LostTime(**fields_of(row)) for row in rows]


def held(transaction: Transaction, lost_id: LostTimeId) -> LostTime | None:
    """One of them, held until the commit."""
    query = select(lost_times).where(lost_times.c.id == lost_id).with_for_update(key_share=True)
    row = transaction.connection.execute(query).one_or_none()
    return None if row is None else LostTime(**fields_of(row))


def add(transaction: Transaction, lost: LostTime, now: datetime) -> None:
    """Enter one."""
    transaction.connection.execute(insert(lost_times).values(**vars(lost)))
    _tell(transaction, lost, now, lost.entered_by, f"entered: {lost.reason}")


def decide(transaction: Transaction, lost: LostTime, approved: bool, now: datetime, actor: UserId) -> None:
    """Say whether it counts."""
    values = {"approved": approved, "decided_by": actor}
    transaction.connection.execute(update(lost_times).where(lost_times.c.id == lost.id).values(**values))
    _tell(transaction, lost, now, actor, "approved" if approved else "refused")


def _tell(transaction: Transaction, lost: LostTime, now: datetime, actor: UserId, reason: str) -> None:
    kind, data = EventKind.LOST_TIME_CHANGED, {"lost_time_id": lost.id, "since": lost.since, "until": lost.until}
    transaction.emit(Event(kind=kind, at=now, actor=actor, subject_id=lost.user_id, reason=reason, data=data))
