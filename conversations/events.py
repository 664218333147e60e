"""Events: one row per committed change, with its reason. Screens, audit and reports read nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What can change. The value is stored: rename the member freely, never the value."""

    MESSAGE_RECEIVED = "message.received"
    MESSAGE_SENT = "message.sent"
    MESSAGE_CHANGED = "message.changed"
    NOTE_ADDED = "note.added"
    DELIVERY_CHANGED = "delivery.changed"
    CONVERSATION_OPENED = "conversation.opened"
    CONVERSATION_QUEUED = "conversation.queued"
    CONVERSATION_ASSIGNED = "conversation.assigned"
    CONVERSATION_JOINED = "conversation.joined"
    CONVERSATION_OFFERED = "conversation.offered"
    CONVERSATION_DECLINED = "conversation.declined"
    CONVERSATION_MISSED = "conversation.missed"
    CONVERSATION_ESCALATED = "conversation.escalated"
    CONVERSATION_RESOLVED = "conversation.resolved"
    CONVERSATION_REOPENED = "conversation.reopened"
    CONVERSATION_WISHED = "conversation.wished"
    CONVERSATION_CLOSED = "conversation.closed"
    FAULT_CHANGED = "fault.changed"
    FAULT_SETTLED = "fault.settled"
    DEADLINE_CHANGED = "deadline.changed"
    DEADLINE_WARNED = "deadline.warned"
    DEADLINE_BREACHED = "deadline.breached"
    CONTACT_CHANGED = "contact.changed"
    CONTACTS_MERGED = "contacts.merged"
    SURVEY_SENT = "survey.sent"
    SURVEY_ANSWERED = "survey.answered"
    AGENT_STATE_CHANGED = "agent.state_changed"
    AGENT_WRAPS_LONG = "agent.wraps_long"
    AGENT_LOAD_CHANGED = "agent.load_changed"
    ABUSE_MARKED = "abuse.marked"
    DEPUTY_NAMED = "deputy.named"
    BLOCK_ASKED = "block.asked"
    BLOCK_DECIDED = "block.decided"
    COOL_OFF_OFFERED = "cool_off.offered"
    COOL_OFF_TAKEN = "cool_off.taken"
    COOL_OFF_DECLINED = "cool_off.declined"
    NOTICE_PUBLISHED = "notice.published"
    NOTICE_READ = "notice.read"
    NOTICE_WITHDRAWN = "notice.withdrawn"
    HAND_RAISED = "hand.raised"
    HAND_TAKEN = "hand.taken"
    HAND_LOWERED = "hand.lowered"
    HANDOVER_OFFERED = "handover.offered"
    HANDOVER_SETTLED = "handover.settled"
    ACCOUNT_CHANGED = "account.changed"
    ALERTS_READ = "alerts.read"
    SETUP_CHANGED = "setup.changed"
    QUEUES_MERGED = "queues.merged"
    QUEUES_PARTED = "queues.parted"
    OVERFLOW_BEGAN = "overflow.began"
    OVERFLOW_ENDED = "overflow.ended"
    EMERGENCY_BEGAN = "emergency.began"
    EMERGENCY_ENDED = "emergency.ended"
    ROSTER_CHANGED = "roster.changed"
    BREAK_PERMITTED = "break.permitted"
    LOST_TIME_CHANGED = "lost_time.changed"
    CHECKLIST_TICKED = "checklist.ticked"
    RECALL_ASKED = "recall.asked"
    RECALL_ANSWERED = "recall.answered"
    SIGNED_IN = "person.signed_in"
    PROVIDER_EVENT = "provider.event"
    ROUTER_TOOK_OVER = "router.took_over"
    ROUTER_DECIDED = "router.decided"


ASIDE = "aside"
"""In the data of `MESSAGE_RECEIVED`, and true: it answers a question of ours and asks for no reply. Else absent."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One committed change: who did what, when, why.

    `position` orders events by commit and is given by the database; 0 means not stored yet. `actor` is a user id, or
    `contact`, `router`, `delivery`, `survey`, `system`.
    """

    kind: EventKind
    at: datetime
    actor: str
    conversation_id: str | None = None
    message_id: str | None = None
    contact_id: str | None = None
    subject_id: str | None = None
    reason: str = ""
    trace: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    position: int = 0
