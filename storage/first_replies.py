"""First replies, counted from the deadlines."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select

from conversations.deadlines import DeadlineKind, Outcome
from conversations.first_replies import FirstReplies, Place, Tally
from conversations.people import Scope
from storage.scopes import within
from storage.tables import accounts, conversations, deadlines
from storage.types import Instant


def counted(connection: Connection, scope: Scope, start: datetime, end: datetime, now: datetime) -> list[Tally]:
    """What became, until now, of the first replies that were promised within this time, by place and target."""
    missed = _is_missed(now)
    place = (accounts.c.kind, deadlines.c.queue_id, deadlines.c.limit)
    rows = connection.execute(
        select(
            *place,
            func.count().filter(~missed, deadlines.c.outcome == Outcome.MET),
            func.count().filter(missed),
            func.count().filter(~missed, deadlines.c.ended_at.is_(None)),
            func.count().filter(~missed, deadlines.c.outcome == Outcome.DROPPED),
        )
        .join(conversations, conversations.c.id == deadlines.c.conversation_id)
        .join(accounts, accounts.c.id == deadlines.c.account_id)
        .where(
            deadlines.c.kind == DeadlineKind.FIRST_REPLY,
            deadlines.c.started_at >= start,
            deadlines.c.started_at < end,
            within(scope),
        )
        .group_by(*place)
    )
    return [
        (Place(kind, queue_id), FirstReplies(kept, missed, waits, dropped, frozenset((limit,))))
        for kind, queue_id, limit, kept, missed, waits, dropped in rows
    ]


def _is_missed(now: datetime) -> ColumnElement[bool]:
    """Whether its time was over before it ended, whether or not anybody has looked since."""
    until = func.coalesce(deadlines.c.ended_at, literal(now, Instant()))
    return or_(
        deadlines.c.breached_at.is_not(None),
        and_(deadlines.c.due_at.is_not(None), deadlines.c.due_at <= until),
    )
