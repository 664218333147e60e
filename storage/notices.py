"""Notices, and who has read them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from conversations.ids import NoticeId, QueueId, UserId
from conversations.notices import Notice
from conversations.people import User
from storage.database import Transaction
from storage.lookups import among
from storage.rows import fields_of
from storage.tables import notice_reads, notices


def add(transaction: Transaction, notice: Notice) -> None:
    """Publish one."""
    values = {**vars(notice), "queue_ids": sorted(notice.queue_ids)}
    transaction.connection.execute(insert(notices).values(**values))


def get(connection: Connection, notice_id: NoticeId) -> Notice | None:
    """One notice, or None."""
    row = connection.execute(select(notices).where(notices.c.id == notice_id)).one_or_none()
    return None if row is None else _notice(fields_of(row))


def end(transaction: Transaction, notice_id: NoticeId, now: datetime) -> None:
    """It is in force no longer."""
    transaction.connection.execute(update(notices).where(notices.c.id == notice_id).values(until=now))


def in_force(connection: Connection, now: datetime) -> list[Notice]:
    """All that are in force, the latest first."""
    current = or_(notices.c.until.is_(None), notices.c.until > now)
    rows = connection.execute(select(notices).where(current).order_by(notices.c.id.desc()))
    return [_notice(fields_of(row)) for row in rows]


def unread(connection: Connection, user: User, now: datetime) -> list[Notice]:
    """What somebody is to read yet, the latest first."""
    query = select(notice_reads.c.notice_id).where(notice_reads.c.user_id == user.id)
    known = {row.notice_id for row in connection.execute(query)}
    return [each for each in in_force(connection, now) if each.concerns(user) and each.id not in known]


def read(transaction: Transaction, notice_id: NoticeId, user_id: UserId, now: datetime) -> bool:
    """Note that somebody has read it; False when they had before."""
    run = transaction.connection.execute
    known = (notice_reads.c.notice_id == notice_id) & (notice_reads.c.user_id == user_id)
    if run(select(notice_reads.c.user_id).where(known)).one_or_none():
        return False
    run(insert(notice_reads).values(notice_id=notice_id, user_id=user_id, read_at=now))
    return True


def readers(connection: Connection, ids: Iterable[NoticeId]) -> dict[NoticeId, set[UserId]]:
    """Who has read these."""
    found: dict[NoticeId, set[UserId]] = {}
    query = select(notice_reads.c.notice_id, notice_reads.c.user_id).where(among(notice_reads.c.notice_id, ids))
    rows: Sequence[Any] = connection.execute(query).all()
    for notice_id, user_id in rows:
        found.setdefault(NoticeId(notice_id), set()).add(UserId(user_id))
    return found


def _notice(fields: dict[str, Any]) -> Notice:
    return Notice(**{**fields, "queue_ids": frozenset(map(QueueId, fields["queue_ids"]))})
