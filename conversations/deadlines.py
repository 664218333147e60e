"""Deadlines: until when a customer was promised something, and what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from conversations.ids import AccountId, ConversationId, DeadlineId, PolicyId, QueueId


class DeadlineKind(StrEnum):
    """What is promised. The value is stored."""

    FIRST_REPLY = "first reply"
    NEXT_REPLY = "next reply"
    RESOLUTION = "resolution"
    HANDLING = "handling time"
    HOLD = "hold"
    CALLBACK = "call back"
    PROMISE = "promise"
    ESCALATION = "escalation"
    FAULT = "fault"


BY_POLICY = (
    DeadlineKind.FIRST_REPLY,
    DeadlineKind.NEXT_REPLY,
    DeadlineKind.RESOLUTION,
    DeadlineKind.HANDLING,
    DeadlineKind.HOLD,
)
"""What policies say the time of. The others are promised in a conversation, for a time that is agreed there."""


class Outcome(StrEnum):
    """How a deadline ended: what was promised happened, in time or not, or is no longer expected."""

    MET = "met"
    DROPPED = "dropped"


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """One promise in one conversation.

    Of `limit`, `used` had passed at `running_since`, in the working time of its policy; it stands still while
    `running_since` is None, and then has no instants either. What was fired stays so: `warned_at`, `breached_at`.
    `policy_id` is empty when no policy promised it: then it never stands still, and `note` says why. The customer
    was told the time in `time_zone`, which is empty when they were told none. `account_id` and `queue_id` are where
    the customer was when a policy promised it: reports count it there. `about` is the id of the fault that it is about,
    else empty.
    """

    id: DeadlineId
    conversation_id: ConversationId
    kind: DeadlineKind
    policy_id: PolicyId
    started_at: datetime
    running_since: datetime | None
    used: timedelta
    limit: timedelta
    warn_at: datetime | None = None
    due_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    note: str = ""
    time_zone: str = ""
    account_id: AccountId | None = None
    queue_id: QueueId | None = None
    about: str = ""

    @property
    def next_at(self) -> datetime | None:
        """When it has to be looked at again, if nothing happens before."""
        if self.ended_at is not None or self.breached_at is not None:
            return None
        return self.due_at if self.warned_at is not None else self.warn_at
