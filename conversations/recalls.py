"""Recall: when more customers come than were expected, people on a break are asked to come back (话务量紧急变化)."""

from dataclasses import dataclass
from datetime import datetime

from conversations.ids import QueueId, RecallId, UserId
from conversations.people import AgentState, User
from conversations.shifts import RosterRules, Shift


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Somebody on a break is asked to come back for a queue; `comes` is their answer, None until they give it."""

    id: RecallId
    queue_id: QueueId
    user_id: UserId
    asked_by: UserId
    asked_at: datetime
    reason: str
    answered_at: datetime | None = None
    comes: bool | None = None


def may_be_asked(user: User, shift: Shift | None, rules: RosterRules, now: datetime) -> bool:
    """Whether they are on a break that may be interrupted: not in a planned meal, if that is protected."""
    at_meal = shift is not None and any(
        each.reason == "meal" and each.since <= now < each.until for each in shift.breaks
    )
    return user.enabled and user.state is AgentState.BREAK and not (rules.meal_protected and at_meal)


def is_open(recall: Recall, user: User) -> bool:
    """Whether it still waits for an answer: the break of which it was asked goes on."""
    return recall.comes is None and user.state is AgentState.BREAK and recall.asked_at >= user.state_since
