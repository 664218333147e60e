"""Visibility in SQL: the same rule as `conversations.people.Scope.sees`."""

from sqlalchemy import ColumnElement, or_, true

from conversations.people import Scope
from storage.tables import conversations


def within(scope: Scope) -> ColumnElement[bool]:
    """The condition on `conversations` for what a person may see."""
    if scope.everything:
        return true()
    return or_(
        conversations.c.assignee_id == scope.user_id,
        conversations.c.owner_id == scope.user_id,
        conversations.c.offered_to == scope.user_id,
        conversations.c.queue_id.in_(scope.queue_ids),
    )
