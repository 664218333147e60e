"""Shifts as they are planned, and the rules of the roster."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from conversations.events import Event, EventKind
from conversations.ids import ShiftId, UserId
from conversations.shifts import PlannedBreak, RosterRules, Shift
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import roster_rules, shifts


def between(connection: Connection, start: datetime, end: datetime, user_id: UserId | None = None) -> list[Shift]:
    """The shifts that are at least partly between these moments, of everybody or of one person, in their order."""
    query = select(shifts).where(shifts.c.since < end, shifts.c.until > start)
    if user_id is not None:
        query = query.where(shifts.c.user_id == user_id)
    return [_shift(row) for row in connection.execute(query.order_by(shifts.c.since, shifts.c.id))]


def get(connection: Connection, shift_id: ShiftId) -> Shift | None:
    """One shift."""
    row = connection.execute(select(shifts).where(shifts.c.id == shift_id)).one_or_none()
    return None if row is None else _shift(row)


def at(connection: Connection, user_id: UserId, now: datetime) -> Shift | None:
    """The shift in which a person is now."""
    query = select(shifts).where(shifts.c.user_id == user_id, shifts.c.since <= now, shifts.c.until > now)
    row = connection.execute(query).one_or_none()
    return None if row is None else _shift(row)


def add(transaction: Transaction, planned: Sequence[Shift], now: datetime, actor: str, reason: str) -> None:
    """Plan these shifts."""
    if planned:
        transaction.connection.execute(insert(shifts), [_fields(each) for each in planned])
    for shift in planned:
        _tell(transaction, "shift planned", shift, now, actor, reason)


def replace(transaction: Transaction, shift: Shift, now: datetime, actor: str, reason: str) -> None:
    """Plan a shift anew."""
    transaction.connection.execute(delete(shifts).where(shifts.c.id == shift.id))
    transaction.connection.execute(insert(shifts).values(**_fields(shift)))
    _tell(transaction, "shift changed", shift, now, actor, reason)


def remove(transaction: Transaction, shift: Shift, now: datetime, actor: str, reason: str) -> None:
    """Take a shift out of the roster."""
    transaction.connection.execute(delete(shifts).where(shifts.c.id == shift.id))
    _tell(transaction, "shift removed", shift, now, actor, reason)


def rules(connection: Connection) -> RosterRules:
    """The rules as they are set now; what nobody set is as the product comes."""
    return RosterRules(**{row.name: row.value for row in connection.execute(select(roster_rules))})


def set_rules(transaction: Transaction, chosen: RosterRules, now: datetime, actor: str) -> None:
    """Set all rules."""
    transaction.connection.execute(delete(roster_rules))
    rows = [{"name": name, "value": value} for name, value in vars(chosen).items()]
    transaction.connection.execute(insert(roster_rules), rows)
    words = ", ".join(f"{name} {value}" for name, value in vars(chosen).items())
    transaction.emit(Event(kind=EventKind.ROSTER_CHANGED, at=now, actor=actor, reason=f"rules: {words}"))


def _shift(row: Any) -> Shift:
    fields = fields_of(row)
    fields["breaks"] = tuple(
        PlannedBreak(each["reason"], datetime.fromisoformat(each["since"]), datetime.fromisoformat(each["until"]))
        for each in fields["breaks"]
    )
    return Shift(**fields)


def _fields(shift: Shift) -> dict[str, Any]:
    return {**vars(shift), "breaks": [vars(each) for each in shift.breaks]}


def _tell(transaction: Transaction, what: str, shift: Shift, now: datetime, actor: str, reason: str) -> None:
    event = Event(
        kind=EventKind.ROSTER_CHANGED,
        at=now,
        actor=actor,
        subject_id=shift.user_id,
        reason=f"{what}: {reason}" if reason else what,
        data={"shift_id": shift.id, "since": shift.since, "until": shift.until},
    )
    transaction.emit(event)
