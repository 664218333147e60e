"""Policies as they are stored: an ordered list of what is promised. `routing.policies` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

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
    there, else from the beginning. `pauses`: the resolution waits while the customer is waited for.
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


def listed(connection: Connection) -> list[PolicyRow]:
    """The policies in their order."""
    rows = connection.execute(select(policies).order_by(policies.c.position, policies.c.id))
    return [PolicyRow(**fields_of(row)) for row in rows]


def add(transaction: Transaction, row: PolicyRow, actor: str) -> None:
    """Promise something from now on, behind the other policies; `position` is given here."""
    deadlines.begin(transaction)
    last = transaction.connection.execute(select(func.max(policies.c.position))).scalar_one()
    transaction.connection.execute(insert(policies).values(**vars(row) | {"position": (last or 0) + 1}))
    _tell(transaction, row.id, row.created_at, actor, f"policy {row.name} added")


def remove(transaction: Transaction, policy_id: PolicyId, now: datetime, actor: str) -> None:
    """Promise it no longer; its deadlines end."""
    deadlines.drop_under(transaction, policy_id, now)
    transaction.connection.execute(delete(policies).where(policies.c.id == policy_id))
    _tell(transaction, policy_id, now, actor, "policy removed")


def _tell(transaction: Transaction, policy_id: PolicyId, now: datetime, actor: str, reason: str) -> None:
    event = Event(kind=EventKind.SETUP_CHANGED, at=now, actor=actor, subject_id=policy_id, reason=reason)
    transaction.emit(event)
