"""The lists of the inbox, as far as a person may see them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, func, select, true

from conversations.conversation import OPEN, Conversation, ConversationState
from conversations.ids import ConversationId, UserId
from conversations.people import Scope
from storage.conversations import conversation_of
from storage.lookups import Lookup, among, texts
from storage.rows import fields_of
from storage.scopes import visible_to, within
from storage.tables import conversations


class View(StrEnum):
    """The lists of the inbox."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    RESOLVED = "resolved"


def listed(
    connection: Connection,
    scope: Scope,
    view: View,
    *,
    before: tuple[datetime, ConversationId] | None = None,
    limit: int = 50,
) -> list[Conversation]:
    """One page of a list, the latest first; `before` is the last row of the page above."""
    query = select(conversations).where(within(scope), _in_view(view, scope.user_id))
    if before is not None:
        at, last = before
        query = query.where(
            (conversations.c.last_message_at < at)
            | ((conversations.c.last_message_at == at) & (conversations.c.id < last))
        )
    order = (conversations.c.last_message_at.desc(), conversations.c.id.desc())
    return [conversation_of(fields_of(row)) for row in connection.execute(query.order_by(*order).limit(limit))]


def _in_view(view: View, user_id: UserId) -> ColumnElement[bool]:
    if view is View.RESOLVED:
        return conversations.c.state.in_((ConversationState.RESOLVED, ConversationState.CLOSED))
    return conversations.c.state.in_(sorted(OPEN)) & _OF_OPEN[view](user_id)


def _mine(user_id: UserId | BindParameter[str]) -> ColumnElement[bool]:
    followed = (conversations.c.owner_id == user_id) & conversations.c.escalated_at.is_not(None)
    return (conversations.c.assignee_id == user_id) | followed


_OF_OPEN: Mapping[View, Callable[[UserId | BindParameter[str]], ColumnElement[bool]]] = {
    View.MINE: _mine,
    View.UNASSIGNED: lambda _: conversations.c.assignee_id.is_(None),
    View.OPEN: lambda _: true(),
}
"""Which of the open conversations the lists of work hold."""


def _counts(visible: ColumnElement[bool]) -> Lookup:
    numbers = (func.count().filter(holds(bindparam("user"))).label(view) for view, holds in _OF_OPEN.items())
    return Lookup(
        select(*numbers).select_from(conversations).where(among(conversations.c.state, sorted(OPEN)), visible)
    )


_EVERYTHING = _counts(true())
_VISIBLE = _counts(visible_to(bindparam("user"), among(conversations.c.queue_id, texts("queues"))))


def counts(connection: Connection, scope: Scope) -> dict[View, int]:
    """How many conversations each list of work holds for this person; what is resolved only grows."""
    counted = _EVERYTHING if scope.everything else _VISIBLE
    (numbers,) = counted.run(connection, user=scope.user_id, queues=scope.queue_ids)
    return dict(zip(_OF_OPEN, numbers, strict=True))
