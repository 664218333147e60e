"""Messages, and the states of their delivery, which only move forward."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from conversations.address import Address
from conversations.ids import AccountId, ContactId, ConversationId, DeliveryId, MessageId
from conversations.parts import Part


class Direction(StrEnum):
    """Which way a message goes; a note goes nowhere."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    NOTE = "note"


class AuthorKind(StrEnum):
    """Who can say something in a conversation. A supervisor whispers to whose it is, and else speaks as an agent."""

    CONTACT = "contact"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


class DeliveryState(StrEnum):
    """Where one part of an outbound message is. `PENDING` to `READ` is the way; the others are ends."""

    PENDING = "pending"
    HELD = "held"
    CLAIMED = "claimed"
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


class Lane(StrEnum):
    """Interactive rows never wait behind bulk rows."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


FORWARD: dict[DeliveryState, frozenset[DeliveryState]] = {
    state: frozenset(later)
    for state, later in {
        DeliveryState.PENDING: (
            DeliveryState.HELD,
            DeliveryState.CLAIMED,
            DeliveryState.SUBMITTING,
            DeliveryState.SUPPRESSED,
            DeliveryState.CANCELLED,
        ),
        DeliveryState.HELD: (DeliveryState.CLAIMED, DeliveryState.SUPPRESSED, DeliveryState.CANCELLED),
        DeliveryState.CLAIMED: (DeliveryState.SUBMITTING, DeliveryState.SUPPRESSED, DeliveryState.CANCELLED),
        DeliveryState.SUBMITTING: (
            DeliveryState.UNKNOWN,
            DeliveryState.ACCEPTED,
            DeliveryState.DELIVERED,
            DeliveryState.READ,
            DeliveryState.FAILED,
        ),
        DeliveryState.UNKNOWN: (
            DeliveryState.ACCEPTED,
            DeliveryState.DELIVERED,
            DeliveryState.READ,
            DeliveryState.FAILED,
        ),
        DeliveryState.ACCEPTED: (DeliveryState.DELIVERED, DeliveryState.READ, DeliveryState.FAILED),
        DeliveryState.DELIVERED: (DeliveryState.READ,),
        DeliveryState.READ: (),
        DeliveryState.FAILED: (),
        DeliveryState.SUPPRESSED: (),
        DeliveryState.CANCELLED: (),
    }.items()
}
"""Which states may follow which within one attempt. Only a new attempt, which is counted, starts again."""

UNDONE = frozenset((DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.CLAIMED, DeliveryState.SUBMITTING))
"""States in which we still have to do something ourselves."""

RETRIABLE = frozenset((DeliveryState.FAILED, DeliveryState.UNKNOWN))
"""States from which a person may ask for another attempt."""

_WORST_FIRST = (
    DeliveryState.FAILED,
    DeliveryState.UNKNOWN,
    DeliveryState.SUPPRESSED,
    DeliveryState.CANCELLED,
    DeliveryState.PENDING,
    DeliveryState.HELD,
    DeliveryState.CLAIMED,
    DeliveryState.SUBMITTING,
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
)


def moves_forward(now: DeliveryState, then: DeliveryState) -> bool:
    """Whether `then` may replace `now`: a late `accepted` never hides `delivered`."""
    return then in FORWARD[now]


def fold(states: list[DeliveryState]) -> DeliveryState:
    """The state of a message: that of its least fortunate part."""
    return min(states, key=_WORST_FIRST.index)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One part of an outbound message on its way: what was tried, and what is known.

    `spent` names the provider's window that this attempt was taken from, `mailed_as` the message by which it followed
    somebody who was gone to their mailbox.
    """

    id: DeliveryId
    message_id: MessageId
    conversation_id: ConversationId
    account_id: AccountId
    address: Address
    position: int
    part: Part
    lane: Lane
    state: DeliveryState
    attempt: int
    due_at: datetime
    subject: str = ""
    thread: tuple[str, ...] = ()
    automatic: bool = False
    trace: str = ""
    external_id: str = ""
    error_kind: str = ""
    error_code: str = ""
    error_text: str = ""
    spent: str = ""
    mailed_as: str = ""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One thing said. `state` is None for what is not sent anywhere: inbound messages and notes.

    `recalled_at`: whoever said it took it back then.
    """

    id: MessageId
    conversation_id: ConversationId
    contact_id: ContactId
    account_id: AccountId
    address: Address
    direction: Direction
    author: AuthorKind
    author_id: str
    parts: tuple[Part, ...]
    key: str
    occurred_at: datetime
    received_at: datetime
    external_id: str = ""
    subject: str = ""
    state: DeliveryState | None = None
    recalled_at: datetime | None = None
