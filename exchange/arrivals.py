"""What arrives, on its way into a transaction."""

from dataclasses import dataclass, field
from datetime import datetime

from channels.contract import Passive
from conversations.events import Event, EventKind
from conversations.ids import AccountId, ContactId, ConversationId, MessageId, new_id
from conversations.inbound import ContactChanged, InboundEvent, InboundMessage, Unknown
from conversations.language import guess_language
from conversations.parts import plain_text
from storage.quarantine import Quarantined


@dataclass(frozen=True)
class LeftOff:
    """Where a listener is after its news. With a `lease` it may say so only while it holds that `fence`."""

    cursor: str | None
    lease: str = ""
    fence: int = 0


@dataclass(frozen=True)
class Arrival:
    """The news of one request, or what a listener heard at once, with what of it could not be read."""

    account_id: AccountId
    events: tuple[InboundEvent, ...]
    received_at: datetime
    trace: str
    wakes: str = ""
    passive: Passive | None = None
    left_off: LeftOff | None = None
    illegible: tuple[Quarantined, ...] = ()

    @property
    def sender(self) -> str:
        """Who is heard first in it. What one sender says stays in order; listeners send one arrival after another."""
        return f"{self.account_id} {next((_address(event) for event in self.events), '')}"


@dataclass(frozen=True)
class Heard:
    """One message of a known contact, on its way into a conversation.

    It has its id from the beginning: ids are ordered by time, and what answers it stands behind it.
    """

    account_id: AccountId
    contact_id: ContactId
    message: InboundMessage
    received_at: datetime
    trace: str
    message_id: MessageId = field(default_factory=lambda: MessageId(new_id()))

    @property
    def mark(self) -> tuple[AccountId, str]:
        """What tells this message from all others."""
        return self.account_id, self.message.key

    @property
    def words(self) -> str:
        """What lists show of it; without NUL, which PostgreSQL's text does not hold."""
        return (self.message.subject or plain_text(self.message.parts)).replace("\0", "")


def _address(event: InboundEvent) -> str:
    return "" if isinstance(event, Unknown) else str(event.address or "")


def language_of(event: InboundMessage | ContactChanged) -> str:
    """What the channel says, else what the words look like."""
    return (event.language or guess_language(plain_text(event.parts))) if isinstance(event, InboundMessage) else ""


def event_of(
    kind: EventKind, heard: Heard, conversation_id: ConversationId, message_id: MessageId | None = None
) -> Event:
    """What a customer's word changed."""
    return Event(
        kind=kind,
        at=heard.received_at,
        actor="contact",
        conversation_id=conversation_id,
        message_id=message_id,
        contact_id=heard.contact_id,
        trace=heard.trace,
    )
