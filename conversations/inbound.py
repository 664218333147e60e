"""What a channel reports: the provider's news in our words, before anything is stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from conversations.address import Address
from conversations.parts import Part


@dataclass(frozen=True, kw_only=True)
class Thread:
    """What a message says about the thread it continues.

    `token` is a conversation id that the channel has proved to be ours; `references` are external ids of earlier
    messages, the nearest first, which prove nothing about the sender.
    """

    token: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """A message came in `total` pieces, of which this is the one with this `number`, from 1.

    `reference` is the same for all pieces; senders use it again after a while. Pieces come in any order. A `total` of
    0: nobody says how many there are, and `number` is only their order. Such a message is what came until it was quiet.
    Words may be torn anywhere, in the middle of a character too: then the message has no parts but these `octets`,
    which are read together with those of its neighbours, in a `charset` that Python knows.
    """

    reference: str
    number: int
    total: int
    octets: bytes = b""
    charset: str = ""


@dataclass(frozen=True, kw_only=True)
class InboundMessage:
    """A customer said something.

    `key` is what makes a redelivery recognisable; it is unique per account, for as long as `key_lasts` where the sender
    uses it again after a while. `external_id` is the provider's name for
    the message, for receipts and threading. `evidence` are further addresses that are proved to be the same person.
    `thread` is None on continuous channels, where a message joins the contact's open conversation. `opens` names the
    window (`channels.contract.Window`) in which we may write now. A message with a `fragment` waits for the others.
    `source` is what they came in by: the address of a page, as their browser says, or the scene of a code or a link.
    `mailbox` is where answers may follow them when they are gone: they say that it is theirs, nothing proves it.
    """

    key: str
    address: Address
    parts: tuple[Part, ...]
    occurred_at: datetime
    external_id: str = ""
    name: str = ""
    subject: str = ""
    language: str = ""
    evidence: tuple[Address, ...] = ()
    mailbox: Address | None = None
    thread: Thread | None = None
    opens: str = ""
    source: str = ""
    fragment: Fragment | None = None
    key_lasts: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class SentElsewhere:
    """Somebody of ours answered in the provider's own app; it becomes part of the conversation.

    `author` is the provider's name for who it was.
    """

    key: str
    address: Address
    parts: tuple[Part, ...]
    occurred_at: datetime
    external_id: str = ""
    author: str = ""


@dataclass(frozen=True, kw_only=True)
class Recalled:
    """A message was taken back, by whoever wrote it; `external_id` is the provider's name for it."""

    key: str
    address: Address
    external_id: str
    occurred_at: datetime


class ReceiptStatus(StrEnum):
    """What the provider can say later about a part it was given."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The provider's later word on something we sent: early, late, twice or for something unknown.

    It is matched by `delivery`, the key we gave along, or else by `external_id` together with `address`.
    """

    status: ReceiptStatus
    occurred_at: datetime
    external_id: str = ""
    delivery: str = ""
    address: Address | None = None
    code: str = ""
    text: str = ""


class ContactChange(StrEnum):
    """What a customer may do to the connection itself."""

    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"


@dataclass(frozen=True, kw_only=True)
class ContactChanged:
    """A customer followed, left, opted out or came back. Of who followed, `detail` is the scene they came in by.

    Whoever left cannot be written to at all. Whoever opted out of an account is sent nothing by it that they did not
    ask for. `opens` names the window in which we may write now. `key_lasts` as in `InboundMessage`.
    """

    key: str
    address: Address
    change: ContactChange
    occurred_at: datetime
    detail: str = ""
    opens: str = ""
    key_lasts: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class ConsentChanged:
    """A customer allowed `count` more messages of one registered template, or (negative) took that back."""

    key: str
    address: Address
    template: str
    count: int
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class Typing:
    """A customer is writing. Never stored; shown while it lasts."""

    address: Address
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """The provider told us something we have no word for; kept raw, so that nothing is lost."""

    key: str
    name: str
    occurred_at: datetime
    raw: str


InboundEvent = InboundMessage | Receipt | ContactChanged | Typing | Unknown | SentElsewhere | Recalled | ConsentChanged
