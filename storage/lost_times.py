"""Time that people lost through no fault of their own: entered by one, approved by another."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, update

from conversations.attendance import LostTime
from conversations.ids import LostTimeId, UserId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import lost_times


def between(connection: Connection, start: datetime, end: datetime, user_id: UserId | None = None) -> list[LostTime]:
    """What is at least partly between these moments, of everybody or of one person, in its order."""
    return _listed(connection, user_id, lost_times.c.since < end, lost_times.c.until > start)


def undecided(connection: Connection, user_id: UserId | None = None) -> list[LostTime]:
    """What waits for somebody to decide it, of everybody or of one person, in its order."""
    return _listed(connection, user_id, lost_times.c.decided_by.is_(None))


def held(transaction: Transaction, lost_id: LostTimeId) -> LostTime | None:
    """One of them, held until the commit."""
    query = select(lost_times).where(lost_times.c.id == lost_id).with_for_update(key_share=True)
    row = transaction.connection.execute(query).one_or_none()
    return None if row is None else LostTime(**fields_of(row))


def add(transaction: Transaction, lost: LostTime) -> None:
    """Enter one."""
    transaction.connection.execute(insert(lost_times).values(**vars(lost)))


def decide(transaction: Transaction, lost: LostTime, approved: bool, actor: UserId) -> None:
    """Say whether it counts."""
    values = {"approved": approved, "decided_by": actor}
    transaction.connection.execute(update(lost_times).where(lost_times.c.id == lost.id).values(**values))


def _listed(connection: Connection, user_id: UserId | None, *conditions: ColumnElement[bool]) -> list[LostTime]:
    query = select(lost_times).where(*conditions)
    if user_id is not None:
        query = query.where(lost_times.c.user_id == user_id)
    rows = connection.execute(query.order_by(lost_times.c.since, lost_times.c.id))
    return [LostTime(**fields_of(row)) for row in rows]
