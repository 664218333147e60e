"""Whom the customers who wait know: who looks after them, and who served them last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, func, select, type_coerce

from conversations.conversation import Conversation
from conversations.ids import ConversationId, UserId
from storage.bulk import Lookup, among, texts
from storage.tables import contacts, conversations


@dataclass(frozen=True)
class Ties:
    """A customer's: their named manager, and who served them last until when."""

    manager_id: UserId | None = None
    last_agent_id: UserId | None = None
    last_served_at: datetime | None = None


STRANGER = Ties()

_MANAGERS = Lookup(
    select(conversations.c.id, contacts.c.manager_id)
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .where(among(conversations.c.id, texts("ids")), contacts.c.manager_id.is_not(None))
)


def ties_of(
    connection: Connection, rows: Iterable[Conversation], looks_back: timedelta
) -> Mapping[ConversationId, Ties]:
    """The ties of who waits in these conversations; earlier ones count if they ended at most so long before."""
    rows = list(rows)
    known = {row.id: Ties(None, row.resolved_by, row.resolved_at) for row in rows if row.resolved_by}
    unknown = [row.id for row in rows if row.id not in known]
    if looks_back and unknown:
        known |= _before(connection, unknown, looks_back)
    for conversation_id, manager_id in _MANAGERS.run(connection, ids=[row.id for row in rows]):
        known[conversation_id] = replace(known.get(conversation_id, STRANGER), manager_id=manager_id)
    return known


def _before(connection: Connection, ids: Iterable[ConversationId], looks_back: timedelta) -> dict[ConversationId, Ties]:
    this, other = conversations.alias("this"), conversations.alias("other")
    agent_id = func.coalesce(other.c.assignee_id, other.c.resolved_by)
    ended_at = func.coalesce(other.c.resolved_at, other.c.last_message_at)
    since = _number(this.c.opened_at) - looks_back // timedelta(microseconds=1)
    found = connection.execute(
        select(this.c.id, agent_id, ended_at)
        .join(other, other.c.contact_id == this.c.contact_id)
        .where(among(this.c.id, ids), other.c.id < this.c.id, agent_id.is_not(None), _number(ended_at) >= since)
        .order_by(ended_at)
    )
    # Of several the latest stays.
    return {ConversationId(row): Ties(None, UserId(agent), at) for row, agent, at in found}


def _number(column: ColumnElement[datetime]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)
