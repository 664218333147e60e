"""The one ordered story of all committed changes.

A position is taken before the commit; without care a reader could see 8 before 7 exists, remember "seen up to 8" and
miss 7 for ever. SQLite has one writer at a time, so positions follow commits by themselves. On PostgreSQL a lock that
is held from here to the commit makes it so; changes write their events last, so it is held for a moment only.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text

from conversations.events import Event, EventKind
from storage.bulk import Bulk
from storage.rows import fields_of
from storage.tables import events

_APPEND = Bulk(
    insert(events).values({column.name: bindparam(column.name) for column in events.c if not column.primary_key})
)

_LOCK = text("SELECT pg_advisory_xact_lock(72118001)")


def append(connection: Connection, new: Sequence[Event]) -> None:
    """Write events as the last statement of a transaction."""
    if not new:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
    _APPEND.run(connection, [vars(event) for event in new])


def after(connection: Connection, position: int, limit: int = 500) -> list[Event]:
    """What was committed after `position`, in order."""
    rows = connection.execute(
        select(events).where(events.c.position > position).order_by(events.c.position).limit(limit)
    )
    return [_event(row) for row in rows]


def of_conversation(connection: Connection, conversation_id: str, limit: int = 500) -> list[Event]:
    """The story of one conversation, the newest `limit` events in order."""
    rows = connection.execute(
        select(events)
        .where(events.c.conversation_id == conversation_id)
        .order_by(events.c.position.desc())
        .limit(limit)
    )
    return [_event(row) for row in rows][::-1]


def head(connection: Connection) -> int:
    """The position of the newest event, 0 when nothing has happened yet."""
    position: int = connection.execute(select(func.coalesce(func.max(events.c.position), 0))).scalar_one()
    return position


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    fields = fields_of(row)
    return Event(**{**fields, "kind": EventKind(fields["kind"])})
