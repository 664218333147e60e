"""Who was asked to come back from a break, and what they answered."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from conversations.events import Event, EventKind
from conversations.ids import RecallId, UserId
from conversations.recalls import Recall
from storage import alerts
from storage.database import Transaction
from storage.lookups import among
from storage.rows import fields_of
from storage.tables import recalls


def ask(transaction: Transaction, asked: Sequence[Recall]) -> None:
    """Ask these people, and tell them at once."""
    if asked:
        transaction.connection.execute(insert(recalls), [vars(each) for each in asked])
    alerts.alert_all(transaction, [_asked(each) for each in asked])


def answer(transaction: Transaction, recall_id: RecallId, user_id: UserId, comes: bool, now: datetime) -> bool:
    """Note what somebody answers; False when it was not asked of them, or answered already."""
    theirs = (recalls.c.id == recall_id) & (recalls.c.user_id == user_id) & recalls.c.comes.is_(None)
    noted = update(recalls).where(theirs).values(comes=comes, answered_at=now)
    if transaction.connection.execute(noted).rowcount == 0:
        return False
    reason = "comes back" if comes else "does not come back"
    kind, data = EventKind.RECALL_ANSWERED, {"recall_id": recall_id}
    transaction.emit(Event(kind=kind, at=now, actor=user_id, subject_id=user_id, reason=reason, data=data))
    return True


def since(connection: Connection, start: datetime) -> list[Recall]:
    """Who was asked since then, the first one first."""
    rows = connection.execute(select(recalls).where(recalls.c.asked_at >= start).order_by(recalls.c.id))
    return [Recall(**fields_of(row)) for row in rows]


def unanswered(connection: Connection, ids: Iterable[UserId]) -> list[Recall]:
    """What was asked of these people and never answered, the last one first."""
    query = select(recalls).where(among(recalls.c.user_id, ids), recalls.c.comes.is_(None))
    return [Recall(**fields_of(row)) for row in connection.execute(query.order_by(recalls.c.id.desc()))]


def _asked(recall: Recall) -> Event:
    return Event(
        kind=EventKind.RECALL_ASKED,
        at=recall.asked_at,
        actor=recall.asked_by,
        subject_id=recall.user_id,
        reason=recall.reason,
        data={"recall_id": recall.id, "queue_id": recall.queue_id, alerts.NOTIFY: [recall.user_id]},
    )
