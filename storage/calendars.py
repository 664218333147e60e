"""Calendars as they are stored: hours as the texts that people write. `routing.clocks.calendars` reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from conversations.events import Event, EventKind
from conversations.ids import CalendarId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import calendars


@dataclass(frozen=True, kw_only=True)
class CalendarRow:
    """The hours of a business: `week` from Monday to Sunday, `exceptions` by date, in `time_zone` (IANA).

    `country` (ISO 3166) is whose public holidays are kept, or empty.
    """

    id: CalendarId
    name: str
    time_zone: str
    country: str
    week: Sequence[str]
    exceptions: Mapping[str, str]


def listed(connection: Connection) -> list[CalendarRow]:
    """Every calendar by name."""
    return [CalendarRow(**fields_of(row)) for row in connection.execute(select(calendars).order_by(calendars.c.name))]


def get(connection: Connection, calendar_id: CalendarId) -> CalendarRow | None:
    """One calendar."""
    row = connection.execute(select(calendars).where(calendars.c.id == calendar_id)).one_or_none()
    return None if row is None else CalendarRow(**fields_of(row))


def add(transaction: Transaction, row: CalendarRow, now: datetime, actor: str) -> None:
    """Store a new calendar; its name is unique."""
    transaction.connection.execute(insert(calendars).values(**vars(row)))
    _tell(transaction, row.id, now, actor, f"calendar {row.name} added")


def change(transaction: Transaction, row: CalendarRow, now: datetime, actor: str) -> None:
    """Write a calendar anew."""
    transaction.connection.execute(update(calendars).where(calendars.c.id == row.id).values(**vars(row)))
    _tell(transaction, row.id, now, actor, f"calendar {row.name} changed")


def remove(transaction: Transaction, row: CalendarRow, now: datetime, actor: str) -> None:
    """Take a calendar away."""
    transaction.connection.execute(delete(calendars).where(calendars.c.id == row.id))
    _tell(transaction, row.id, now, actor, f"calendar {row.name} removed")


def _tell(transaction: Transaction, calendar_id: CalendarId, now: datetime, actor: str, reason: str) -> None:
    event = Event(kind=EventKind.SETUP_CHANGED, at=now, actor=actor, subject_id=calendar_id, reason=reason)
    transaction.emit(event)
