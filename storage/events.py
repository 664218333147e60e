"""The one ordered story of all committed changes.

A position is taken before the commit; without care a reader could see 8 before 7 exists, remember "seen up to 8" and
miss 7 for ever. SQLite has one writer at a time, so positions follow commits by themselves. On PostgreSQL a lock that
is held from here to the commit makes it so; changes write their events last, so it is held for a moment only.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, func, select, text

from conversations.events import Event, EventKind
from storage.bulk import Bulk
from storage.lookups import Lookup
from storage.rows import fields_of
from storage.tables import events

_APPEND = Bulk.insert(events)

_AFTER = Lookup(
    select(events)
    .where(events.c.position > bindparam("position"))
    .order_by(events.c.position)
    .limit(bindparam("limit", type_=Integer))
)

_HEAD = Lookup(select(func.coalesce(func.max(events.c.position), 0)))

_LOCK = text("SELECT pg_advisory_xact_lock(72118001)")


def append(connection: Connection, new: Sequence[Event]) -> list[Event]:
    """Write events as the last statements of a transaction. Returns them with their positions."""
    if not new:
        return []
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
    _APPEND.run(connection, [vars(event) for event in new])
    # Nobody else appends before our commit, so these are the last ones, and without a gap.
    first = head(connection) - len(new) + 1
    return [Event(**vars(event) | {"position": first + index}) for index, event in enumerate(new)]


def after(connection: Connection, position: int, limit: int = 500) -> list[Event]:
    """What was committed after `position`, in order."""
    return list(map(_event, _AFTER.named(connection, position=position, limit=limit)))


_OF_CONVERSATION = Lookup(
    select(events)
    .where(events.c.conversation_id == bindparam("conversation"))
    .order_by(events.c.position.desc())
    .limit(bindparam("limit", type_=Integer))
)


def of_conversation(connection: Connection, conversation_id: str, limit: int = 500) -> list[Event]:
    """The story of one conversation, the newest `limit` events in order."""
    newest_first = _OF_CONVERSATION.named(connection, conversation=conversation_id, limit=limit)
    return list(map(_event, newest_first))[::-1]


def last_of(connection: Connection, kind: EventKind, until: datetime) -> int:
    """The position of the last event of a kind that happened until then, 0 when there is none."""
    found = select(func.max(events.c.position)).where(events.c.kind == kind, events.c.at <= until)
    return connection.execute(found).scalar_one() or 0


def of_kinds(
    connection: Connection, kinds: Iterable[EventKind], position: int, until: datetime, page: int = 500
) -> Iterator[Event]:
    """What happened of these kinds from `position` on until then, in order, read page by page."""
    chosen = select(events).where(events.c.kind.in_(kinds), events.c.at <= until).order_by(events.c.position)
    while rows := connection.execute(chosen.where(events.c.position >= position).limit(page)).all():
        yield from (_event(fields_of(row)) for row in rows)
        position = rows[-1].position + 1


def head(connection: Connection) -> int:
    """The position of the newest event, 0 when nothing has happened yet."""
    ((position,),) = _HEAD.run(connection)
    return int(position)


def _event(fields: dict[str, Any]) -> Event:
    return Event(**fields | {"kind": EventKind(fields["kind"])})
