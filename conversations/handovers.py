"""Hand-overs (交接班): whoever leaves gives what they have to somebody who accepts it, or back to the queues."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from conversations.conversation import Conversation
from conversations.ids import ConversationId, HandoverId, QueueId, UserId
from conversations.people import AgentState, User, scope_of


class HandoverState(StrEnum):
    """Where a hand-over is; the first only is not the last. The value is stored."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"
    QUEUED = "queued"


@dataclass(frozen=True, kw_only=True)
class Briefing:
    """What the next one has to know: in general, of equipment, hard cases and staff, and of single conversations."""

    note: str
    equipment: str = ""
    cases: str = ""
    staff: str = ""
    notes: Mapping[ConversationId, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Handover:
    """One of them. Without `to_id` everything goes to a queue: to `queue_id`, or to where each conversation came from.

    `answer` is the word of whoever settled it. `signs_out` ends the sessions of who leaves as soon as it is settled.
    """

    id: HandoverId
    from_id: UserId
    to_id: UserId | None
    queue_id: QueueId | None
    state: HandoverState
    briefing: Briefing
    signs_out: bool
    offered_at: datetime
    settled_at: datetime | None = None
    settled_by: UserId | None = None
    answer: str = ""


def may_take(user: User, conversation: Conversation) -> bool:
    """Whether somebody could take a conversation on: at work, allowed to see it anyhow, with the skill it asks for."""
    sees = conversation.queue_id is None or scope_of(user).sees(conversation)
    is_skilled = not conversation.skill or user.skills.get(conversation.skill, 0) >= conversation.skill_level
    return user.enabled and user.state is not AgentState.OFFLINE and sees and is_skilled
