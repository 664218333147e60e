"""The contract of a channel.

The core owns what must never be got wrong twice: durability, duplicates, order, retries, limits, redaction. A channel
owns the provider's language: proving that a request is genuine, reading it, writing one part, naming what went wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol, Self, runtime_checkable

import aiohttp

from conversations.address import Address
from conversations.clock import Clock
from conversations.errors import InboundError
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import InboundEvent, ReceiptStatus
from conversations.parts import Media, MediaType, Part
from conversations.wording import Registered


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """What a provider handed over, whatever the transport: an HTTP request, a mail with its envelope, a socket frame.

    `url` is the public one, exactly as the provider called it. Header names are lower case. `peer` is the IP address
    that called, empty where there is none. Requests are kept in quarantine when they cannot be stored, and replayed
    from there: they hold everything that parsing needs.
    """

    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = ""
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class WebhookReply:
    """What the provider is told."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, kw_only=True)
class Passive:
    """Room for one part in the answer to a request, for providers that allow it.

    Whatever is said to `address` within `seconds` goes there; a redelivery of the request, which has the same `key`, is
    given the same answer.
    """

    key: str
    address: Address
    seconds: float


@dataclass(frozen=True)
class Parsed:
    """The news in a request, and the answer that is given once they are committed.

    `wakes`: whoever listens for this account (`Listener`) is woken with this word.
    """

    events: tuple[InboundEvent, ...]
    reply: WebhookReply = WebhookReply()
    passive: Passive | None = None
    wakes: str = ""


class TextUnit(StrEnum):
    """How a provider counts text."""

    CODE_POINTS = "characters"
    BYTES = "UTF-8 bytes"
    UTF16 = "UTF-16 units"


@dataclass(frozen=True)
class MediaLimit:
    """What files of one type a channel carries: MIME types (empty: any) and size in bytes."""

    mimes: frozenset[str]
    max_bytes: int


@dataclass(frozen=True, kw_only=True)
class Window:
    """A time in which a provider lets us write, opened by something the customer did.

    Each opening allows `messages` parts and ends after `lasts`; a new one replaces an old one of the same name.
    """

    name: str
    messages: int
    lasts: timedelta


@dataclass(frozen=True, kw_only=True)
class Rate:
    """At most `parts` handed over `within` this time."""

    parts: int
    within: timedelta


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a channel can carry and what can be known about it later.

    `menus`, `links`, `locations`, `templates`: without them they become text. `menu_options` is how many a menu may
    have, `option_length` how many characters each. `registered` are the templates that the account's settings list.
    Without `windows` we may write at any time; templates need none. `automatic` is how much may go to one address, and
    into one conversation, that no person wrote: two robots that answer each other come to an end.
    `resend_is_safe`: a part whose outcome is unknown may be sent again, since the provider recognises our key or the
    operator prefers two messages to none.
    """

    text_limit: int
    text_unit: TextUnit
    media: Mapping[MediaType, MediaLimit] = field(default_factory=dict)
    menus: bool = False
    menu_options: int = 20
    option_length: int = 60
    links: bool = False
    locations: bool = False
    templates: bool = False
    registered: tuple[Registered, ...] = ()
    windows: tuple[Window, ...] = ()
    rates: tuple[Rate, ...] = ()
    automatic: Rate | None = None
    receipts: frozenset[ReceiptStatus] = frozenset()
    resend_is_safe: bool = False
    continuous: bool = True


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One planned part on its way to the provider. `delivery` is the idempotency key: the same on each attempt.

    `thread` are the external ids of the messages it continues, the oldest first.
    """

    delivery: DeliveryId
    conversation: ConversationId
    address: Address
    part: Part
    subject: str = ""
    thread: tuple[str, ...] = ()
    automatic: bool = False


@dataclass(frozen=True)
class Accepted:
    """The provider took the part over, and calls it this."""

    external_id: str


@dataclass(frozen=True)
class Token:
    """A credential that the provider lends us for a while."""

    value: str = field(repr=False)
    expires_at: datetime


class TokenStore(Protocol):
    """Where tokens are shared by all processes. Raises `ProviderUnavailable` when that place is away."""

    async def load(self, account: AccountId, name: str) -> Token | None:
        """The token somebody stored last, expired or not."""

    async def save(self, account: AccountId, name: str, token: Token) -> None:
        """Share a token with the other processes."""


class FileStore(Protocol):
    """Where the bytes of attachments are."""

    async def load(self, digest: str) -> bytes:
        """The bytes with this SHA-256; raises FileNotFoundError."""


@dataclass(frozen=True)
class Surroundings:
    """What a channel is given to work with; it opens nothing of its own."""

    http: aiohttp.ClientSession
    tokens: TokenStore
    files: FileStore
    clock: Clock


class Channel(Protocol):
    """One account of one kind. `verify`, `parse`, `refuse` and `plan` are pure."""

    kind: ClassVar[str]
    title: ClassVar[str]
    Config: ClassVar[type[object]]

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid` with every problem of the settings."""

    @property
    def capabilities(self) -> Capabilities:
        """What this account can carry."""

    def verify(self, request: WebhookRequest) -> None:
        """Raise `SignatureInvalid` unless the request proves to come from the provider."""

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read a verified request. Raises `PayloadUnreadable`; what is readable but new becomes `Unknown`."""

    def refuse(self, error: InboundError) -> WebhookReply:
        """Say no in the provider's dialect."""

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Split and downgrade so that each part fits. Raises `NotSendable` for what cannot be carried."""

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Hand one planned part to the provider, once. Raises one of `conversations.errors.SEND_ERRORS`."""

    async def fetch_media(self, media: Media) -> Media:
        """The same part with its `content`, fetched by its `ref`. Raises `SendError`s alike."""

    async def check(self) -> None:
        """Try the credentials. Raises `Misconfigured` with a sentence that says what to repair."""


@runtime_checkable
class PassiveReplier(Protocol):
    """The ability of a channel whose `Parsed` may have a `passive` place."""

    def passive_reply(self, request: WebhookRequest, part: Part, delivery: DeliveryId) -> WebhookReply | None:
        """The answer to this request that says the part; None where it has no such form. Pure.

        Where the provider tells later what became of it, it is told by this `delivery`.
        """


@runtime_checkable
class FileOfferer(Protocol):
    """The ability of a channel whose provider fetches our files: it makes links for them, which the gateway serves."""

    def offered(self, token: str) -> str | None:
        """The digest of the file that a link's token opens now; None if it opens nothing."""


@runtime_checkable
class TypingTeller(Protocol):
    """The ability of a channel to show the customer that somebody is writing."""

    async def tell_typing(self, address: Address) -> None:
        """Show it for a few seconds. Raises a `SendError`, which nobody needs to repair."""


@runtime_checkable
class SegmentTeller(Protocol):
    """The ability of a channel of short messages to tell how many a text makes, each of which is charged."""

    def segments(self, text: str) -> int:
        """How many the text makes, with the signature that stands before it. Pure."""


class Ear(Protocol):
    """Where a listener hands over what it hears, and what it left off with."""

    async def cursor(self) -> str:
        """The last one that was committed; empty at first."""

    async def take(self, requests: Sequence[WebhookRequest], cursor: str | None = None) -> None:
        """Return when the news in these, and the cursor, are committed together; then the provider may be told.

        Each is read with `parse`. One that cannot be read or stored goes to quarantine. Raises when nothing could be
        committed: the listener must not tell the provider that it was.
        """

    async def wait(self, seconds: float) -> str:
        """Sleep. A webhook's `Parsed.wakes` ends the sleep early and is returned; otherwise nothing is."""


@runtime_checkable
class Listener(Protocol):
    """The ability of a channel to fetch its news, or to hold a connection over which they come.

    `listens_everywhere`: in each gateway and worker at once, where `send` needs the connection too; otherwise in one.
    """

    listens_everywhere: ClassVar[bool]

    async def listen(self, ear: Ear) -> None:
        """Hear until cancelled; return only when the account's settings leave nothing to listen to.

        Raises a `SendError` when it cannot go on; after a pause it is called again.
        """
