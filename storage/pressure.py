"""The pressure on queues, measured from the conversations: who waits, how long, and how many were served in time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from conversations.conversation import OPEN, ConversationState
from conversations.events import EventKind
from conversations.ids import ConversationId, QueueId, first_id
from storage.bulk import Bulk
from storage.database import Transaction
from storage.tables import conversations, events, told

MOST = 500
"""Conversations that are looked at in one transaction."""

_SINCE = func.coalesce(conversations.c.unanswered_since, conversations.c.opened_at)

_IN_LINE = conversations.c.state == ConversationState.QUEUED

_STAYS = conversations.c.wish == ""
"""Who asked for something else instead of standing in line presses nobody."""


@dataclass(frozen=True)
class Waiting:
    """Those who wait in a queue: how many, and since when the first one does."""

    number: int
    since: datetime


class Came(NamedTuple):
    """Somebody who came: when, when they got an agent first, and when they stood in line no more without one."""

    queue_id: QueueId
    opened_at: datetime
    first: datetime | None
    left: datetime | None


def waiting(connection: Connection) -> dict[QueueId, Waiting]:
    """Every queue in which somebody waits."""
    rows = connection.execute(
        select(conversations.c.queue_id, func.count(), func.min(_SINCE))
        .where(_IN_LINE, _STAYS, conversations.c.queue_id.is_not(None))
        .group_by(conversations.c.queue_id)
    )
    return {QueueId(queue_id): Waiting(number, first) for queue_id, number, first in rows}


def service_levels(connection: Connection, since: datetime, now: datetime, within: int) -> dict[QueueId, int]:
    """Percent of those who came since then that got an agent within so many seconds."""
    return levels(_came(connection, since), now, within)


def levels(came: Iterable[Came], now: datetime, within: int) -> dict[QueueId, int]:
    """Percent of these that got an agent within so many seconds.

    Whoever still may get one in time does not count yet; whoever left within it, or asked for something else, never.
    """
    limit, served, counted = timedelta(seconds=within), defaultdict[QueueId, int](int), defaultdict[QueueId, int](int)
    for queue_id, opened_at, first, left in came:
        in_time = first is not None and first - opened_at <= limit
        served[queue_id] += in_time
        counted[queue_id] += in_time or (left or now) - opened_at > limit
    return {queue_id: 100 * served[queue_id] // number for queue_id, number in counted.items() if number}


_LEAVING = (EventKind.CONVERSATION_WISHED, EventKind.CONVERSATION_RESOLVED)


def _came(connection: Connection, since: datetime) -> Iterable[Came]:
    is_given, is_left = events.c.kind == EventKind.CONVERSATION_ASSIGNED, events.c.kind.in_(_LEAVING)
    rows = connection.execute(
        select(
            conversations.c.queue_id,
            conversations.c.opened_at,
            func.min(events.c.at).filter(is_given),
            func.min(events.c.at).filter(is_left),
        )
        .outerjoin(events, and_(events.c.conversation_id == conversations.c.id, is_given | is_left))
        # Ids follow the time, and have an index.
        .where(conversations.c.id >= first_id(since), conversations.c.queue_id.is_not(None))
        .group_by(conversations.c.id, conversations.c.queue_id, conversations.c.opened_at)
    )
    return (Came(QueueId(queue_id), *moments) for queue_id, *moments in rows)


def asking(connection: Connection, queue_id: QueueId, since: datetime) -> list[ConversationId]:
    """Who waits in a queue since then or longer and asks for a skill."""
    return _found(connection, _waits(queue_id, since) & (conversations.c.skill != ""))


def untold(connection: Connection, notice: str, queue_id: QueueId, since: datetime) -> list[ConversationId]:
    """Who waits in a queue since then or longer and was not told this yet; who asked not to wait is left in peace."""
    return _found(connection, _waits(queue_id, since) & _STAYS & ~_was_told(notice))


def unheard(connection: Connection, notice: str) -> list[ConversationId]:
    """Every customer who waits for an answer, from whomever, and was not told this yet."""
    waits = conversations.c.state.in_(sorted(OPEN)) & conversations.c.unanswered_since.is_not(None)
    return _found(connection, waits & ~_was_told(notice))


_NOTE = Bulk.insert(told)


def note_told(transaction: Transaction, notice: str, ids: Iterable[ConversationId]) -> None:
    """Note who is told this, so that nobody hears it twice."""
    _NOTE.run(transaction.connection, [{"notice": notice, "conversation_id": each} for each in ids])


def _waits(queue_id: QueueId, since: datetime) -> ColumnElement[bool]:
    return and_(_IN_LINE, conversations.c.queue_id == queue_id, since >= _SINCE)


def _was_told(notice: str) -> ColumnElement[bool]:
    return exists().where(told.c.notice == notice, told.c.conversation_id == conversations.c.id)


def _found(connection: Connection, condition: ColumnElement[bool]) -> list[ConversationId]:
    rows = connection.execute(select(conversations.c.id).where(condition).order_by(conversations.c.id).limit(MOST))
    return [ConversationId(row.id) for row in rows]
