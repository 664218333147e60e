"""One mailbox as a channel: mail in from our SMTP listener, mail out through the operator's server."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import ClassVar, Self

from aiosmtplib import SMTP, SMTPException

from channels import planning
from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    MediaLimit,
    Outgoing,
    Parsed,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
)
from channels.email.automatic import is_automatic, raw_text, read_bounce
from channels.email.compose import Letter, compose
from channels.email.config import EmailConfig
from channels.email.errors import send_error
from channels.email.mime import Mail, body_parts, header, mailboxes, parse_mail, raw_header, written_at
from channels.email.thread import find_conversation, message_ids, references
from conversations.address import mail_address
from conversations.errors import InboundError, Misconfigured, NotSendable, SendError, SignatureInvalid
from conversations.ids import AccountId
from conversations.inbound import InboundEvent, InboundMessage, Receipt, ReceiptStatus, Thread, Unknown
from conversations.parts import Media, MediaType, Part

TIMEOUT = 30.0  # seconds for each step; RFC 5321 §4.5.3.2 allows minutes, an agent's message cannot wait that long
ATTACHMENT_LIMIT = 15 * 1024 * 1024  # base64 makes 20 MB of it, which most servers still take

CAPABILITIES = Capabilities(
    text_limit=100_000,
    text_unit=TextUnit.CODE_POINTS,
    media={type: MediaLimit(frozenset(), ATTACHMENT_LIMIT) for type in MediaType},
    receipts=frozenset((ReceiptStatus.ACCEPTED, ReceiptStatus.FAILED)),
    resend_is_safe=True,
    continuous=False,
)


class EmailChannel:
    """One mailbox."""

    kind: ClassVar[str] = "email"
    title: ClassVar[str] = "E-mail"
    Config: ClassVar[type[object]] = EmailConfig

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
        """Accept only mail for this mailbox: mail bears no signature, so the envelope is all there is to check."""
        if request.method != "MAIL" or not self.receives(request.headers.get("rcpt-to", "")):
            raise SignatureInvalid("this mail is not for this mailbox")

    def receives(self, recipient: str) -> bool:
        """Whether an address is our mailbox, with or without a +detail (RFC 5233)."""
        local, _, domain = recipient.lower().rpartition("@")
        ours = self.config.local_part
        return domain == self.config.domain and (local == ours or local.startswith(f"{ours}+"))

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read one mail. Raises `PayloadUnreadable` only for what is nested beyond reason."""
        mail = parse_mail(request.body)
        return Parsed((self._event(mail, request),))

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
        letter = compose(self.config, outgoing, await self._content(outgoing.part), self.around.clock())
        async with self._server() as server:
            await _submit(server, letter)
        return Accepted(letter.message_id)

    async def fetch_media(self, media: Media) -> Media:
        """Mail brings its files along; there is nothing to fetch."""
        raise NotSendable("The files of a mail come with it.")

    async def check(self) -> None:
        """Connect and log in. Raises `Misconfigured` with a sentence that says what to repair."""
        try:
            async with self._server():
                return
        except Misconfigured:
            raise
        except SendError as error:
            where = f"{self.config.smtp_host}:{self.config.port}"
            raise Misconfigured(f"The mail server {where} cannot be used: {error}", code=error.code) from error

    def _event(self, mail: Mail, request: WebhookRequest) -> InboundEvent:
        bounce = read_bounce(mail)
        if bounce:
            return Receipt(
                status=ReceiptStatus.FAILED,
                occurred_at=written_at(mail, request.received_at),
                external_id=bounce.message_id,
                code=bounce.status,
                text=bounce.diagnostic,
            )
        senders = mailboxes(mail, "From", "Sender", "Reply-To")
        if not senders or is_automatic(mail, request.headers.get("mail-from"), self.config.mailbox.lower()):
            raw = raw_text(request.body)
            return Unknown(key=_key(mail, request), name="automatic", occurred_at=request.received_at, raw=raw)
        return InboundMessage(
            key=_key(mail, request),
            address=mail_address(senders[0].address),
            parts=body_parts(mail),
            occurred_at=written_at(mail, request.received_at),
            external_id=_message_id(mail),
            name=senders[0].name,
            subject=header(mail, "Subject"),
            thread=self._thread(mail, request),
        )

    def _thread(self, mail: Mail, request: WebhookRequest) -> Thread:
        nearest = references(raw_header(mail, "In-Reply-To"), raw_header(mail, "References"))
        recipients = [each.address for each in mailboxes(mail, "To", "Cc")]
        places = (request.headers.get("rcpt-to", ""), *recipients, *nearest)
        return Thread(token=find_conversation(self.config.thread_secret, places), references=nearest)

    async def _content(self, part: Part) -> bytes:
        if not isinstance(part, Media):
            return b""
        try:
            return await self.around.files.load(part.digest)
        except FileNotFoundError as error:
            raise NotSendable("The file of this message is no longer stored.") from error

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[SMTP]:
        config = self.config
        server = SMTP(
            hostname=config.smtp_host,
            port=config.port,
            username=config.smtp_user or None,
            password=config.smtp_password or None,
            local_hostname=config.domain,
            use_tls=config.smtp_tls == "tls",
            start_tls=config.smtp_tls == "starttls",
            timeout=TIMEOUT,
        )
        try:
            await server.connect()
        except (SMTPException, OSError) as error:
            raise send_error(error, handed_over=False) from error
        async with server:
            yield server


async def _submit(server: SMTP, letter: Letter) -> None:
    handed_over = False
    try:
        await server.mail(letter.sender)
        await server.rcpt(letter.recipient)
        handed_over = True
        await server.data(letter.raw)
    except (SMTPException, OSError) as error:
        raise send_error(error, handed_over=handed_over) from error


def _message_id(mail: Mail) -> str:
    return "".join(message_ids(raw_header(mail, "Message-ID"))[:1])


def _key(mail: Mail, request: WebhookRequest) -> str:
    """What stays the same when a mail is delivered again. Message-IDs go missing or are reused; bodies are repeated."""
    body = request.body.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    said = "\n".join(raw_header(mail, name) for name in ("Message-ID", "From", "Date", "Subject"))
    digest = hashlib.sha256(said.encode() + b"\0" + body).hexdigest()
    return f"{_message_id(mail)[:200]} {digest[:16]}".strip()
