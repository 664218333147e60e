"""One mailbox as a channel: mail in from our listener or by IMAP, mail out through the operator's server."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Self

from channels import planning
from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    Ear,
    MediaLimit,
    Outgoing,
    Parsed,
    Rate,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
)
from channels.email import imap
from channels.email.bounces import find_delivery
from channels.email.compose import compose
from channels.email.config import EmailConfig
from channels.email.reading import read
from channels.email.submission import connected, submit
from channels.email.unsubscribe import METHOD as UNSUBSCRIBE
from channels.email.unsubscribe import opted_out, read_unsubscribe_token
from conversations.errors import (
    InboundError,
    Misconfigured,
    NotSendable,
    PayloadUnreadable,
    SendError,
    SignatureInvalid,
)
from conversations.ids import AccountId
from conversations.inbound import ReceiptStatus
from conversations.parts import Media, MediaType, Part

ATTACHMENT_LIMIT = 15 * 1024 * 1024  # base64 makes 20 MB of it, which most servers still take

AUTOMATIC = Rate(parts=5, within=timedelta(hours=1))
"""Mail that no person wrote, to one address and into one conversation: not every robot says that it is one."""

CAPABILITIES = Capabilities(
    text_limit=100_000,
    text_unit=TextUnit.CODE_POINTS,
    media={type: MediaLimit(frozenset(), ATTACHMENT_LIMIT) for type in MediaType},
    receipts=frozenset((ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED, ReceiptStatus.FAILED)),
    automatic=AUTOMATIC,
    resend_is_safe=True,
    continuous=False,
)

MAIL_METHODS = ("MAIL", imap.METHOD)


class EmailChannel:
    """One mailbox."""

    kind: ClassVar[str] = "email"
    title: ClassVar[str] = "E-mail"
    Config: ClassVar[type[object]] = EmailConfig
    listens_everywhere: ClassVar[bool] = False

    def __init__(self, account: AccountId, config: EmailConfig, around: Surroundings) -> None:
        self.account = account
        self.config = config
        self.around = around

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid` with every problem of the settings."""
        return cls(account, read_config(EmailConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """What mail can carry."""
        return CAPABILITIES

    def verify(self, request: WebhookRequest) -> None:
        """Accept mail for this mailbox, and clicks on links that we signed.

        Mail bears no signature, so the envelope is all there is to check.
        """
        if request.method == UNSUBSCRIBE:
            genuine = read_unsubscribe_token(self.config.thread_secret, request.query.get("token", "")) is not None
        else:
            genuine = request.method in MAIL_METHODS and self.receives(request.headers.get("rcpt-to", ""))
        if not genuine:
            raise SignatureInvalid("this is not for this mailbox")

    def receives(self, recipient: str) -> bool:
        """Whether an address is our mailbox, with or without a +detail (RFC 5233), or takes one of our bounces."""
        if _is_at(recipient, self.config.mailbox):
            return True
        # Several mailboxes may share the address for bounces; only the token tells whose bounce this is.
        theirs = bool(self.config.bounce_address) and _is_at(recipient, self.config.bounce_address)
        return theirs and bool(find_delivery(self.config.thread_secret, recipient))

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read one mail, or one click. Raises `PayloadUnreadable` for mail that is too deep, or was too large."""
        if request.method == UNSUBSCRIBE:
            return self._parse_click(request)
        imap.refuse_stubs(request)
        return Parsed(read(self.config, request))

    def _parse_click(self, request: WebhookRequest) -> Parsed:
        token = request.query.get("token", "")
        address = read_unsubscribe_token(self.config.thread_secret, token)
        if address is None:
            raise PayloadUnreadable("this is not a link of ours")
        return Parsed((opted_out(token, address, request.received_at),))

    def refuse(self, error: InboundError) -> WebhookReply:
        """Say no as a mail server does: the sender's server then tells the sender."""
        if isinstance(error, SignatureInvalid):
            return WebhookReply(status=550, body=b"5.1.1 No such mailbox here")
        return WebhookReply(status=554, body=b"5.6.0 This message cannot be read")

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Split and downgrade so that each part fits. Raises `NotSendable` for what cannot be carried."""
        return planning.plan(parts, CAPABILITIES)

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Hand one mail to the server, once. The Message-ID follows from the delivery and names it ever after."""
        content = await self._content(outgoing.part)
        # Large files take a while to be written and signed, in which others want to be served.
        letter = await asyncio.to_thread(compose, self.config, self.account, outgoing, content, self.around.clock())
        async with connected(self.config) as server:
            await submit(server, letter)
        return Accepted(letter.message_id)

    async def fetch_media(self, media: Media) -> Media:
        """Mail brings its files along; there is nothing to fetch."""
        raise NotSendable("The files of a mail come with it.")

    async def check(self) -> None:
        """Connect and log in, to both servers. Raises `Misconfigured` with a sentence that says what to repair."""
        where = f"{self.config.smtp_host}:{self.config.port}"
        try:
            async with connected(self.config):
                pass
            where = f"{self.config.imap_host}:{self.config.imap_port}"
            await imap.check(self.config)
        except Misconfigured:
            raise
        except SendError as error:
            raise Misconfigured(f"The mail server {where} cannot be used: {error}", code=error.code) from error

    async def listen(self, ear: Ear) -> None:
        """Fetch mail by IMAP, if a server is set; else it is brought to our listener. Raises `SendError`s."""
        if self.config.imap_host:
            await imap.listen(self.config, ear, self.around.clock, self.receives)

    async def _content(self, part: Part) -> bytes:
        if not isinstance(part, Media):
            return b""
        try:
            return await self.around.files.load(part.digest)
        except FileNotFoundError as error:
            raise NotSendable("The file of this message is no longer stored.") from error


def _is_at(recipient: str, mailbox: str) -> bool:
    local, _, domain = recipient.lower().rpartition("@")
    ours, _, our_domain = mailbox.lower().rpartition("@")
    return domain == our_domain and (local == ours or local.startswith(f"{ours}+"))
