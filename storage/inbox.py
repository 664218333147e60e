"""The lists of the inbox, as far as a person may see them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, func, select

from conversations.conversation import OPEN, Conversation, ConversationState
from conversations.ids import ConversationId, UserId
from conversations.people import Scope
from storage.conversations import conversation_of
from storage.rows import fields_of
from storage.scopes import within
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


def counts(connection: Connection, scope: Scope) -> dict[View, int]:
    """How many conversations each list holds for this person."""
    each = (func.count().filter(_in_view(view, scope.user_id)) for view in View)
    numbers = connection.execute(select(*each).select_from(conversations).where(within(scope))).one()
    return dict(zip(View, numbers, strict=True))


def _in_view(view: View, user_id: UserId) -> ColumnElement[bool]:
    open_now = conversations.c.state.in_(sorted(OPEN))
    followed = (conversations.c.owner_id == user_id) & conversations.c.escalated_at.is_not(None)
    conditions = {
        View.MINE: open_now & ((conversations.c.assignee_id == user_id) | followed),
        View.UNASSIGNED: open_now & conversations.c.assignee_id.is_(None),
        View.OPEN: open_now,
        View.RESOLVED: conversations.c.state.in_((ConversationState.RESOLVED, ConversationState.CLOSED)),
    }
    return conditions[view]
