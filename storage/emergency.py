"""The emergency switch, and the announcements that are prepared for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from conversations.events import Event, EventKind
from conversations.ids import AnnouncementId, UserId
from storage.database import Transaction
from storage.lookups import Lookup
from storage.rows import fields_of
from storage.tables import announcements, emergency

_NAME = "emergency"


@dataclass(frozen=True, kw_only=True)
class Emergency:
    """It is on: everybody who waits or writes is told the `texts`, by language, once. Each has an id of its own."""

    id: AnnouncementId
    texts: Mapping[str, str]
    reason: str
    begun_at: datetime
    begun_by: UserId


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """Texts by language, prepared for when there is no time to write."""

    id: AnnouncementId
    name: str
    texts: Mapping[str, str]


_CURRENT = Lookup(select(*(column for column in emergency.c if column.name != "name")))


def current(connection: Connection) -> Emergency | None:
    """The one that is on, or None."""
    return next((Emergency(**fields) for fields in _CURRENT.named(connection)), None)


def begin(transaction: Transaction, new: Emergency) -> None:
    """Switch it on. The database refuses a second one."""
    transaction.connection.execute(insert(emergency).values(name=_NAME, **vars(new)))
    _tell(transaction, EventKind.EMERGENCY_BEGAN, new, new.begun_at, new.begun_by, new.reason)


def end(transaction: Transaction, now: datetime, actor: str, reason: str) -> bool:
    """Switch it off; False when it was off."""
    on = current(transaction.connection)
    if on is None or not transaction.connection.execute(delete(emergency).where(emergency.c.id == on.id)).rowcount:
        return False
    _tell(transaction, EventKind.EMERGENCY_ENDED, on, now, actor, reason)
    return True


def prepared(connection: Connection) -> list[Announcement]:
    """The prepared announcements by name."""
    rows = connection.execute(select(announcements).order_by(announcements.c.name, announcements.c.id))
    return [Announcement(**fields_of(row)) for row in rows]


def prepare(transaction: Transaction, announcement: Announcement, now: datetime, actor: str) -> None:
    """Keep an announcement, new or anew."""
    values = vars(announcement)
    known = update(announcements).where(announcements.c.id == announcement.id).values(**values)
    if not transaction.connection.execute(known).rowcount:
        transaction.connection.execute(insert(announcements).values(**values))
    _tell_setup(transaction, announcement.id, now, actor, f"announcement {announcement.name} prepared")


def forget(transaction: Transaction, announcement_id: AnnouncementId, now: datetime, actor: str) -> None:
    """Throw a prepared announcement away."""
    transaction.connection.execute(delete(announcements).where(announcements.c.id == announcement_id))
    _tell_setup(transaction, announcement_id, now, actor, "announcement removed")


def _tell(transaction: Transaction, kind: EventKind, which: Emergency, now: datetime, actor: str, reason: str) -> None:
    data = {"texts": which.texts, "begun_at": which.begun_at}
    transaction.emit(Event(kind=kind, at=now, actor=actor, subject_id=which.id, reason=reason, data=data))


def _tell_setup(transaction: Transaction, subject_id: str, now: datetime, actor: str, reason: str) -> None:
    kind = EventKind.SETUP_CHANGED
    transaction.emit(Event(kind=kind, at=now, actor=actor, subject_id=subject_id, reason=reason))
