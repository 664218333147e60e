"""Writing mail: one part of ours as the bytes of a message."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr

from channels.contract import Outgoing
from channels.email.bounces import bounce_token
from channels.email.config import EmailConfig
from channels.email.signing import sign
from channels.email.thread import message_id, read_token, thread_token
from channels.email.unsubscribe import unsubscribe_headers, unsubscribe_token
from conversations.errors import NotSendable
from conversations.ids import AccountId
from conversations.parts import Media, Text

# Folding is done by hand: the library would break Message-IDs over lines, which some readers take for empty headers.
_POLICY = compat32.clone(linesep="\r\n", max_line_length=None)
_REPLY_PREFIX = re.compile(r"\s*(?:re|回复|回覆|答复)\s*[:：]", re.IGNORECASE)
_RECIPIENT = re.compile(r"[!-~]{1,64}@[!-~]{1,255}")
_MIME = re.compile(r"([a-z0-9!#$&^_.+-]+)/([a-z0-9!#$&^_.+-]+)", re.IGNORECASE)
_LATEST_REFERENCES = 20


@dataclass(frozen=True)
class Letter:
    """A mail ready for the wire."""

    message_id: str
    sender: str
    recipient: str
    raw: bytes


def compose(config: EmailConfig, account: AccountId, outgoing: Outgoing, content: bytes, now: datetime) -> Letter:
    """Make the mail, signed if it is to be; `content` are the bytes of a file part.

    Raises NotSendable for what mail cannot carry.
    """
    token = thread_token(config.thread_secret, outgoing.conversation)
    identity = message_id(outgoing.delivery, token, config.domain)
    recipient = _recipient(outgoing)
    mail = _body(outgoing, content)
    for name, value in (_headers(config, outgoing, token) | _about_robots(config, account, outgoing)).items():
        mail[name] = _one_header(value)
    mail["Message-ID"], mail["To"], mail["Date"] = identity, recipient, format_datetime(now)
    return Letter(identity, _sender(config, outgoing), recipient, sign(config, mail.as_bytes(policy=_POLICY)))


def subject_line(outgoing: Outgoing) -> str:
    """The subject, marked as an answer when it is one."""
    subject = " ".join(outgoing.subject.split())
    if not outgoing.thread or _REPLY_PREFIX.match(subject):
        return subject
    return f"Re: {subject}"


def _headers(config: EmailConfig, outgoing: Outgoing, token: str) -> dict[str, str]:
    _refuse_line_breaks(outgoing.subject, *outgoing.thread)
    headers = {
        "From": formataddr((config.display_name, config.mailbox)),
        "Subject": Header(subject_line(outgoing), "utf-8", header_name="Subject").encode(),
    }
    if config.plus_addresses == "yes":
        headers["Reply-To"] = f"{config.local_part}+{token}@{config.domain}"
    if outgoing.thread:
        headers["In-Reply-To"] = outgoing.thread[-1]
        headers["References"] = "\n ".join(outgoing.thread[-_LATEST_REFERENCES:])
    return headers


def _about_robots(config: EmailConfig, account: AccountId, outgoing: Outgoing) -> dict[str, str]:
    """What mail that no person wrote says of itself: nobody's robot should answer it, and there is a way out of it."""
    if not outgoing.automatic:
        return {}
    token = unsubscribe_token(config.thread_secret, outgoing.delivery, outgoing.address)
    return {
        "Auto-Submitted": _cause(config, outgoing),
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        **unsubscribe_headers(config, account, token),
    }


def _cause(config: EmailConfig, outgoing: Outgoing) -> str:
    """What RFC 3834 §5 calls it: an answer to somebody's mail, or of its own accord. Our own mails bear our token."""
    answers = any(read_token(config.thread_secret, name) is None for name in outgoing.thread)
    return "auto-replied" if answers else "auto-generated"


def _sender(config: EmailConfig, outgoing: Outgoing) -> str:
    """The sender on the envelope, where bounces go: it names the delivery, if an address is set that takes them."""
    if not config.bounce_address:
        return config.mailbox
    local, _, domain = config.bounce_address.rpartition("@")
    return f"{local}+{bounce_token(config.thread_secret, outgoing.delivery)}@{domain}"


def _one_header(value: str) -> str:
    if not value.isascii():
        raise NotSendable("A header of this mail cannot be written in ASCII.")
    return value


def _refuse_line_breaks(*values: str) -> None:
    """A line break in a header would let its author write headers of their own."""
    if any("\r" in value or "\n" in value for value in values):
        raise NotSendable("The subject of a mail must be one line.")


def _recipient(outgoing: Outgoing) -> str:
    scheme, _, address = outgoing.address.partition(":")
    local, _, domain = address.rpartition("@")
    try:
        wire = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        wire = ""
    if scheme != "mailto" or not _RECIPIENT.fullmatch(wire):
        raise NotSendable("This is not an address that mail can be sent to.")
    return wire


def _body(outgoing: Outgoing, content: bytes) -> MIMEBase:
    match outgoing.part:
        case Text(text=text):
            return MIMEText(text, "plain", "utf-8")
        case Media() as media:
            return _with_file(media, content)
        case other:
            raise NotSendable(f"Mail carries no {other.kind}.")


def _with_file(media: Media, content: bytes) -> MIMEMultipart:
    _refuse_line_breaks(media.name)
    found = _MIME.fullmatch(media.mime)
    main, sub = found.groups() if found else ("application", "octet-stream")
    attached = MIMEBase(main, sub) if main != "multipart" else MIMEBase("application", "octet-stream")
    attached.set_payload(content)
    encode_base64(attached)
    attached.add_header("Content-Disposition", "attachment", filename=("utf-8", "", media.name or media.type))
    mail = MIMEMultipart()
    mail.attach(MIMEText(media.name, "plain", "utf-8"))
    mail.attach(attached)
    return mail
