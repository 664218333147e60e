"""Alerts: who has to know something at once, and what they have not looked at yet."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, bindparam, delete, func, select, update

from conversations.alerts import Alert
from conversations.events import Event, EventKind
from conversations.ids import AlertId, UserId, new_id
from storage.bulk import Bulk
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.rows import fields_of
from storage.tables import alerts

NOTIFY = "notify"
"""Where an event names the people who have to know of it at once."""

_ADD = Bulk.insert(alerts)

_UNREAD = Lookup(
    select(alerts.c.user_id, func.count())
    .where(among(alerts.c.user_id, texts("ids")), alerts.c.read_at.is_(None))
    .group_by(alerts.c.user_id)
)

_LISTED = Lookup(
    select(alerts)
    .where(alerts.c.user_id == bindparam("user", type_=Text))
    .order_by(alerts.c.id.desc())
    .limit(bindparam("limit"))
)


def alert(transaction: Transaction, users: Iterable[UserId], event: Event) -> None:
    """Say what happened, and tell these people at once: the bell on each of their pages counts it until they look.

    What the bell says of a kind of event stands in `gateway.alerts.SENTENCES`.
    """
    alert_all(transaction, [replace(event, data={**event.data, NOTIFY: list(dict.fromkeys(users))})])


def alert_all(transaction: Transaction, events: Iterable[Event]) -> None:
    """The same for many events at once, each of which names in `notify` who has to know."""
    rows = []
    for event in events:
        transaction.emit(event)
        rows += [_row(event, user) for user in told(event)]
    _ADD.run(transaction.connection, rows)


def told(event: Event) -> list[UserId]:
    """Who was told of an event at once."""
    named = event.data.get(NOTIFY)
    return [UserId(each) for each in named] if isinstance(named, list) else []


def unread(connection: Connection, ids: Iterable[UserId]) -> dict[UserId, int]:
    """How much each of these people has not looked at; who has looked at everything is left out."""
    return {UserId(user_id): count for user_id, count in _UNREAD.run(connection, ids=ids)}


def listed(connection: Connection, user_id: UserId, limit: int) -> list[Alert]:
    """The latest that one person was told, the newest first."""
    return [_alert(fields) for fields in _LISTED.named(connection, user=user_id, limit=limit)]


def get(connection: Connection, user_id: UserId, alert_id: AlertId) -> Alert | None:
    """One that this person was told, or None."""
    query = select(alerts).where(alerts.c.user_id == user_id, alerts.c.id == alert_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _alert(fields_of(row))


def read(transaction: Transaction, user_id: UserId, now: datetime, ids: Sequence[AlertId] | None = None) -> None:
    """Note that a person looked at these, or at all; their other screens follow."""
    unread = (alerts.c.user_id == user_id) & alerts.c.read_at.is_(None)
    chosen = unread if ids is None else unread & alerts.c.id.in_(ids)
    if transaction.connection.execute(update(alerts).where(chosen).values(read_at=now)).rowcount:
        transaction.emit(Event(kind=EventKind.ALERTS_READ, at=now, actor=user_id, subject_id=user_id))


def forget(transaction: Transaction, before: datetime) -> None:
    """Throw away what people were told before this, looked at or not; the events stay."""
    transaction.connection.execute(delete(alerts).where(alerts.c.at < before))


def _row(event: Event, user_id: UserId) -> dict[str, Any]:
    data = {name: value for name, value in event.data.items() if name != NOTIFY}
    return {**vars(event), "id": new_id(), "user_id": user_id, "data": data, "read_at": None}


def _alert(fields: dict[str, Any]) -> Alert:
    return Alert(**fields | {"kind": EventKind(fields["kind"])})
