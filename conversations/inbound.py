"""What a channel reports: the provider's news in our words, before anything is stored."""

from dataclasses import dataclass
from datetime import datetime
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
class InboundMessage:
    """A customer said something.

    `key` is what makes a redelivery recognisable; it is unique per account. `external_id` is the provider's name for
    the message, for receipts and threading. `evidence` are further addresses that are proved to be the same person.
    `thread` is None on continuous channels, where a message joins the contact's open conversation.
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
    thread: Thread | None = None


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
    """A customer followed, left, opted out or came back."""

    key: str
    address: Address
    change: ContactChange
    occurred_at: datetime
    detail: str = ""


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


InboundEvent = InboundMessage | Receipt | ContactChanged | Typing | Unknown
