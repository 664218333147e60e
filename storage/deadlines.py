"""Deadlines: those of conversations, and those whose time has come."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, or_, select, update

from conversations.deadlines import Deadline, DeadlineKind, Outcome
from conversations.ids import ContactId, ConversationId, PolicyId
from storage import cursors, events
from storage.bulk import Bulk
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.rows import fields_of
from storage.tables import conversations, deadlines, policies

CURSOR = "deadlines"
"""How far the events are read for deadlines."""

_PUT = Bulk.upsert(deadlines)

_OF_CONVERSATIONS = Lookup(
    select(deadlines).where(among(deadlines.c.conversation_id, texts("ids"))).order_by(deadlines.c.id)
)

_HELD = Lookup(
    select(deadlines)
    .where(among(deadlines.c.conversation_id, texts("ids")))
    .order_by(deadlines.c.id)
    .with_for_update(key_share=True)
)

_RUNNING = Lookup(
    select(deadlines)
    .join(conversations, conversations.c.id == deadlines.c.conversation_id)
    .where(
        among(conversations.c.contact_id, texts("contacts")),
        deadlines.c.ended_at.is_(None),
        deadlines.c.due_at.is_not(None),
    )
    .order_by(deadlines.c.due_at)
)


_ARE_KEPT = select(
    or_(
        exists(select(policies.c.id)),
        exists(select(deadlines.c.id).where(deadlines.c.ended_at.is_(None))),
    )
)


def are_kept(connection: Connection) -> bool:
    """Whether there is a policy, or anything else that was promised and has not ended."""
    return bool(connection.execute(_ARE_KEPT).scalar_one())


def begin(transaction: Transaction) -> None:
    """Before a promise: what happened while nothing was promised is of no interest to anybody."""
    if not are_kept(transaction.connection):
        cursors.put(transaction, CURSOR, events.head(transaction.connection))


def put(transaction: Transaction, changed: Sequence[Deadline]) -> None:
    """Write deadlines as they are now, many at once."""
    _PUT.run(transaction.connection, [{**vars(each), "next_at": each.next_at} for each in changed])


def of_conversations(connection: Connection, ids: Iterable[ConversationId]) -> list[Deadline]:
    """Every deadline of these conversations, ended or not, the oldest first."""
    return list(map(_deadline, _OF_CONVERSATIONS.named(connection, ids=ids)))


def held(transaction: Transaction, ids: Iterable[ConversationId]) -> list[Deadline]:
    """The same, held until the commit: people and the keeper change deadlines side by side."""
    return list(map(_deadline, _HELD.named(transaction.connection, ids=ids)))


def running(connection: Connection, contacts: Iterable[ContactId]) -> dict[ConversationId, list[Deadline]]:
    """Of each conversation of these people what is due and not ended, the nearest first."""
    found: dict[ConversationId, list[Deadline]] = {}
    for each in map(_deadline, _RUNNING.named(connection, contacts=contacts)):
        found.setdefault(each.conversation_id, []).append(each)
    return found


def due(transaction: Transaction, now: datetime, limit: int) -> list[Deadline]:
    """Deadlines that have to be looked at by now, the oldest first, held until the commit."""
    ripe = select(deadlines).where(deadlines.c.next_at <= now).order_by(deadlines.c.next_at).limit(limit)
    rows = transaction.connection.execute(ripe.with_for_update(key_share=True))
    return [_deadline(fields_of(row)) for row in rows]


def next_at(connection: Connection) -> datetime | None:
    """When the next deadline has to be looked at."""
    found: datetime | None = connection.execute(select(func.min(deadlines.c.next_at))).scalar_one()
    return found


def drop_under(transaction: Transaction, policy_id: PolicyId, now: datetime) -> None:
    """End what is promised by a policy: nothing is expected any more."""
    transaction.connection.execute(
        update(deadlines)
        .where(deadlines.c.policy_id == policy_id, deadlines.c.ended_at.is_(None))
        .values(ended_at=now, outcome=Outcome.DROPPED, next_at=None)
    )


def _deadline(fields: dict[str, Any]) -> Deadline:
    del fields["next_at"]
    fields["kind"] = DeadlineKind(fields["kind"])
    fields["outcome"] = Outcome(fields["outcome"]) if fields["outcome"] else None
    return Deadline(**fields)
