"""Who was served lately, from the story: how long they had stood in a line, and who took them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, literal_column, select

from conversations.events import EventKind
from conversations.ids import QueueId, UserId
from storage.lookups import among
from storage.tables import events

MOST = 1_000
"""Assignments that are looked at, the latest of all queues: enough for the pace of any line."""

_ASSIGNED = events.c.kind == literal_column(f"'{EventKind.CONVERSATION_ASSIGNED}'")
"""Written out, so that SQLite sees that the index of assignments serves."""

_TURNS = (EventKind.CONVERSATION_QUEUED, EventKind.CONVERSATION_REOPENED, EventKind.CONVERSATION_ASSIGNED)


@dataclass(frozen=True)
class Service:
    """A customer stood in a line from `since` until somebody took them."""

    queue_id: QueueId
    agent_id: UserId
    since: datetime
    at: datetime


def lately(connection: Connection, since: datetime) -> list[Service]:
    """Everybody who got out of a line after this instant, in the order in which they did."""
    assigned = connection.execute(
        select(events.c.conversation_id).where(_ASSIGNED, events.c.at > since).order_by(events.c.at.desc()).limit(MOST)
    )
    turns = connection.execute(
        select(events.c.conversation_id, events.c.kind, events.c.at, events.c.actor, events.c.data)
        .where(among(events.c.conversation_id, assigned.scalars()), events.c.kind.in_(_TURNS))
        .order_by(events.c.position)
    )
    return [each for each in _services(turns) if each.at > since]


def _services(turns: Iterable[tuple[str, str, datetime, str, dict[str, object]]]) -> Iterable[Service]:
    """A transfer from one desk to another serves nobody in a line; nor does who takes up what they had settled."""
    standing: dict[str, datetime] = {}
    for conversation_id, kind, at, actor, data in turns:
        if kind == EventKind.CONVERSATION_ASSIGNED:
            since, queue_id = standing.pop(conversation_id, None), data.get("queue_id")
            if since is not None and queue_id:
                yield Service(QueueId(str(queue_id)), UserId(str(data["assignee_id"])), since, at)
        elif kind == EventKind.CONVERSATION_QUEUED or actor == "contact":
            standing.setdefault(conversation_id, at)
