"""What is said of deadlines: that one is near or was missed, with the whole background and who is to know."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from conversations.conversation import Conversation
from conversations.deadlines import Deadline, DeadlineKind
from conversations.events import Event, EventKind
from conversations.help import called, concerned
from conversations.ids import ConversationId, DeadlineId, UserId
from conversations.people import User
from routing.clocks.policies import Policies
from routing.writing import LEASE
from storage import conversations, people
from storage.database import Connection

Before = Mapping[DeadlineId, Deadline]

Above = Mapping[ConversationId, Sequence[UserId]]
"""Who looks after each conversation."""


def news_of(
    connection: Connection, policies: Policies, before: Before, changed: Sequence[Deadline], now: datetime
) -> list[Event]:
    """An event for each deadline that changed: the gravest thing that happened to it."""
    if not changed:
        return []
    kinds = [_kind(before.get(each.id), each) for each in changed]
    rows = conversations.many(connection, {each.conversation_id for each in changed})
    names = {policy.id: policy.name for policy in policies.listed}
    above = _above(connection, rows.values()) if any(map(_is_grave, kinds)) else {}
    return [
        _event(kind, each, rows[each.conversation_id], names.get(each.policy_id, ""), above, now)
        for kind, each in zip(kinds, changed, strict=True)
    ]


def _above(connection: Connection, rows: Iterable[Conversation]) -> Above:
    everybody: dict[UserId | None, User] = {each.id: each for each in people.listed(connection)}
    return {row.id: called(everybody.values(), concerned(row.queue_id, everybody.get(row.assignee_id))) for row in rows}


def _is_grave(kind: EventKind) -> bool:
    return kind is not EventKind.DEADLINE_CHANGED


def _kind(before: Deadline | None, after: Deadline) -> EventKind:
    if after.breached_at is not None and (before is None or before.breached_at is None):
        return EventKind.DEADLINE_BREACHED
    if after.warned_at is not None and (before is None or before.warned_at is None):
        return EventKind.DEADLINE_WARNED
    return EventKind.DEADLINE_CHANGED


def _event(kind: EventKind, deadline: Deadline, row: Conversation, policy: str, above: Above, now: datetime) -> Event:
    return Event(
        kind=kind,
        at=now,
        actor=LEASE,
        conversation_id=row.id,
        contact_id=row.contact_id,
        subject_id=deadline.id,
        reason=deadline.note or policy,
        data=facts_of(deadline) | (_background(deadline, row, above) if _is_grave(kind) else {}),
    )


def facts_of(deadline: Deadline) -> dict[str, object]:
    """What an event says of a deadline."""
    return {
        "deadline": deadline.kind,
        "started_at": deadline.started_at,
        "due_at": deadline.due_at,
        "minutes": deadline.limit / timedelta(minutes=1),
        "outcome": deadline.outcome,
    }


ONES_OWN = frozenset((DeadlineKind.HOLD, DeadlineKind.HANDLING))
"""What concerns nobody but whoever has the conversation."""


def _background(deadline: Deadline, row: Conversation, above: Above) -> dict[str, object]:
    """All that whoever is told needs: `notify` are the owner, whoever has it now, and who looks after them."""
    told = (row.assignee_id,) if deadline.kind in ONES_OWN else (row.owner_id, row.assignee_id, *above[row.id])
    return {
        "notify": list(dict.fromkeys(each for each in told if each)),
        "state": row.state,
        "queue_id": row.queue_id,
        "owner_id": row.owner_id,
        "assignee_id": row.assignee_id,
        "account_id": row.account_id,
        "category": row.category,
        "priority": row.priority,
        "opened_at": row.opened_at,
        "unanswered_since": row.unanswered_since,
        "subject": row.subject,
        "preview": row.preview,
    }
