"""Visibility in SQL: the same rule as `conversations.people.Scope.sees`."""

from sqlalchemy import BindParameter, ColumnElement, or_, true

from conversations.ids import UserId
from conversations.people import Scope
from storage.tables import conversations


def within(scope: Scope) -> ColumnElement[bool]:
    """The condition on `conversations` for what a person may see."""
    if scope.everything:
        return true()
    return visible_to(scope.user_id, conversations.c.queue_id.in_(scope.queue_ids))


def visible_to(user_id: UserId | BindParameter[str], in_their_queues: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on `conversations` for what somebody may see who may not see everything."""
    return or_(
        conversations.c.assignee_id == user_id,
        conversations.c.owner_id == user_id,
        conversations.c.offered_to == user_id,
        in_their_queues,
    )
