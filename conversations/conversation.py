"""Conversations: one matter between a contact and us, and the states it goes through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from conversations.address import Address
from conversations.ids import AccountId, ContactId, ConversationId, QueueId, UserId


class ConversationState(StrEnum):
    """Where a conversation is. `RESOLVED` may be reopened by the customer for a while; `CLOSED` never."""

    NEW = "new"
    QUEUED = "queued"
    ASSIGNED = "assigned"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN = frozenset(
    (
        ConversationState.NEW,
        ConversationState.QUEUED,
        ConversationState.ASSIGNED,
        ConversationState.WAITING,
    )
)


ORDINARY_WEIGHT = 4
"""What an ordinary conversation takes of an agent's capacity, in quarters: the smallest share there is."""

PRIORITY = timedelta(minutes=10)
"""What one step of priority is worth: as if the customer had waited so much longer. So nobody starves."""

HEAD_START = timedelta(hours=2)
"""The same for who was served before and is back in the queue: reopened, handed back, connection lost."""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person, whatever they write from.

    `segment` is the one group of customers they belong to, `tags` is whatever else matters about them, `manager_id` who
    of us looks after them (客户经理).
    """

    id: ContactId
    name: str
    language: str
    created_at: datetime
    segment: str = ""
    tags: tuple[str, ...] = ()
    manager_id: UserId | None = None


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """One matter.

    `owner_id` is the first-responsible agent (首问负责制) and survives transfers; `assignee_id` is who has it now,
    `resolved_by` who had it when it was resolved last. `account_id` and `address` are where the customer wrote last:
    that is where a reply goes unless the agent says otherwise. `unanswered_since` is when the customer's oldest
    unanswered word came, None when the last word is ours.

    In the queue it may be `offered_to` an agent, who has until `offered_until` to accept it; `declined` is who let such
    an offer pass, and when.

    `priority` (higher is served earlier, 0 is ordinary), `skill` with `skill_level` (who may serve it, empty is
    anybody) and `category` are written when it comes into a queue. `weight` is what it takes of an agent's capacity, in
    quarters of an ordinary conversation.
    `escalated_at` is when it was handed up: from then on its owner follows it, whoever has it.
    `source` is where they came in: the address of a page, as the browser says. `told_at` is when an automatic message
    said where they stand in line, `wish` what they asked for instead of standing there (`conversations.wishes.Wish`).
    """

    id: ConversationId
    contact_id: ContactId
    account_id: AccountId
    address: Address
    state: ConversationState
    opened_at: datetime
    changed_at: datetime
    last_message_at: datetime
    preview: str
    subject: str = ""
    language: str = ""
    queue_id: QueueId | None = None
    assignee_id: UserId | None = None
    owner_id: UserId | None = None
    unanswered_since: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: UserId | None = None
    previous_id: ConversationId | None = None
    score: int | None = None
    priority: int = 0
    skill: str = ""
    skill_level: int = 0
    category: str = ""
    weight: int = ORDINARY_WEIGHT
    source: str = ""
    told_at: datetime | None = None
    escalated_at: datetime | None = None
    wish: str = ""
    offered_to: UserId | None = None
    offered_until: datetime | None = None
    declined: Mapping[UserId, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class Standing:
    """As much of a conversation as a customer's message needs and changes. Lives while one batch is recorded."""

    id: ConversationId
    contact_id: ContactId
    state: ConversationState
    resolved_at: datetime | None
    unanswered_since: datetime | None
    account_id: AccountId
    address: Address
    last_message_at: datetime
    preview: str

    def hear(self, account_id: AccountId, address: Address, at: datetime, words: str) -> None:
        """A word of the customer: the conversation waits for our answer, on the channel they used last."""
        self.account_id = account_id
        self.address = address
        self.state = _AFTER_CUSTOMER.get(self.state, self.state)
        self.last_message_at = at
        self.preview = words[:PREVIEW_LENGTH]
        self.unanswered_since = self.unanswered_since or at


def may_reopen(conversation: Conversation | Standing, now: datetime, within: timedelta) -> bool:
    """Whether a customer's message still belongs to this conversation, open or resolved lately."""
    if conversation.state is ConversationState.RESOLVED:
        return conversation.resolved_at is not None and now - conversation.resolved_at < within
    return conversation.state in OPEN


PREVIEW_LENGTH = 120
"""Code points of the last words that lists show."""

_AFTER_CUSTOMER = {
    ConversationState.WAITING: ConversationState.ASSIGNED,
    ConversationState.RESOLVED: ConversationState.QUEUED,
}
