"""Policies as they are stored: an ordered list of what is promised. `routing.clocks.policies` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from conversations.events import Event, EventKind
from conversations.ids import CalendarId, PolicyId
from storage import deadlines
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import policies


@dataclass(frozen=True, kw_only=True)
class PolicyRow:
    """One promise: `minutes` by kind of deadline, for conversations that meet `conditions`.

    Minutes pass in the working time of a calendar, or always. `from_assignment`: the first reply is reckoned from
    there, else from the beginning. `pauses`: the resolution waits while the customer is waited for. What happened
    before `created_at` is not under it; nothing is while it is not `enabled`.
    """

    id: PolicyId
    position: int
    name: str
    conditions: Mapping[str, str]
    calendar_id: CalendarId | None
    minutes: Mapping[str, int]
    from_assignment: bool
    pauses: bool
    created_at: datetime
    enabled: bool = True


def listed(connection: Connection) -> list[PolicyRow]:
    """The policies in their order."""
    rows = connection.execute(select(policies).order_by(policies.c.position, policies.c.id))
    return [PolicyRow(**fields_of(row)) for row in rows]


def add(transaction: Transaction, row: PolicyRow, actor: str) -> None:
    """Promise something from now on, behind the other policies; `position` is given here."""
    deadlines.begin(transaction)
    last = transaction.connection.execute(select(func.max(policies.c.position))).scalar_one()
    transaction.connection.execute(insert(policies).values(**vars(row) | {"position": (last or 0) + 1}))
    _tell(transaction, row, row.created_at, actor, f"policy {row.name} added")


def change(transaction: Transaction, before: PolicyRow, after: PolicyRow, now: datetime, actor: str) -> None:
    """Promise something else from now on; what runs keeps its time."""
    _update(transaction, after)
    _tell(transaction, after, now, actor, f"policy {before.name} changed", {"before": _facts(before)})


def enable(transaction: Transaction, row: PolicyRow, enabled: bool, now: datetime, actor: str) -> None:
    """Put it into force for what happens from now on, or out of it: then its deadlines end."""
    if not enabled:
        deadlines.drop_under(transaction, row.id, now)
    after = replace(row, enabled=enabled, created_at=now if enabled else row.created_at)
    _update(transaction, after)
    _tell(transaction, after, now, actor, f"policy {row.name} {'enabled' if enabled else 'disabled'}")


def move(transaction: Transaction, policy_id: PolicyId, steps: int, now: datetime, actor: str) -> None:
    """Look at it so many places later, or earlier."""
    rows = listed(transaction.connection)
    place = next(index for index, row in enumerate(rows) if row.id == policy_id)
    moved = rows.pop(place)
    rows.insert(max(0, place + steps), moved)
    for position, row in enumerate(rows, 1):
        _update(transaction, replace(row, position=position))
    _tell(transaction, moved, now, actor, f"policy {moved.name} moved", {"order": [row.name for row in rows]})


def remove(transaction: Transaction, row: PolicyRow, now: datetime, actor: str) -> None:
    """Promise it no longer; its deadlines end."""
    deadlines.drop_under(transaction, row.id, now)
    transaction.connection.execute(delete(policies).where(policies.c.id == row.id))
    _tell(transaction, row, now, actor, f"policy {row.name} removed")


def _update(transaction: Transaction, row: PolicyRow) -> None:
    transaction.connection.execute(update(policies).where(policies.c.id == row.id).values(**vars(row)))


def _facts(row: PolicyRow) -> dict[str, object]:
    """All that a policy says."""
    return {name: value for name, value in vars(row).items() if name not in ("id", "position", "created_at")}


def _tell(
    transaction: Transaction, row: PolicyRow, now: datetime, actor: str, reason: str, data: Mapping[str, object] = {}
) -> None:
    told = {"policy": _facts(row), **data}
    transaction.emit(
        Event(kind=EventKind.SETUP_CHANGED, at=now, actor=actor, subject_id=row.id, reason=reason, data=told)
    )
