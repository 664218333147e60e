"""Whom the customers who wait know: who looks after them, and who served them last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, func, select, type_coerce

from conversations.conversation import Conversation
from conversations.ids import ConversationId, UserId
from storage.lookups import Lookup, among, texts
from storage.tables import contacts, conversations
from storage.types import Duration


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


def _number(column: ColumnElement[datetime]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


_THIS, _OTHER = conversations.alias("this"), conversations.alias("other")
_AGENT = func.coalesce(_OTHER.c.assignee_id, _OTHER.c.resolved_by)
_ENDED_AT = func.coalesce(_OTHER.c.resolved_at, _OTHER.c.last_message_at)

_BEFORE = Lookup(
    select(_THIS.c.id, _AGENT.label("agent"), _ENDED_AT.label("ended_at"))
    .join(_OTHER, _OTHER.c.contact_id == _THIS.c.contact_id)
    .where(
        among(_THIS.c.id, texts("ids")),
        _OTHER.c.id < _THIS.c.id,
        _AGENT.is_not(None),
        _number(_ENDED_AT) >= _number(_THIS.c.opened_at) - bindparam("looks_back", type_=Duration),
    )
    .order_by(_ENDED_AT)
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
    found = _BEFORE.run(connection, ids=ids, looks_back=looks_back)
    # Of several the latest stays.
    return {row: Ties(None, agent, at) for row, agent, at in found}
