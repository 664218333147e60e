"""What a mail means: somebody's words, a receipt, a wish to be spared, or something that is kept raw."""

import hashlib
from collections.abc import Iterator

from channels.contract import WebhookRequest
from channels.email.automatic import is_automatic
from channels.email.bounces import find_delivery, is_report, returned_id, verdicts
from channels.email.charset import decode
from channels.email.config import EmailConfig
from channels.email.mime import Mail, body_parts, header, mailboxes, parse_mail, raw_header, written_at
from channels.email.thread import find_conversation, message_ids, references
from channels.email.unsubscribe import opted_out, read_unsubscribe_subject
from conversations.address import mail_address
from conversations.inbound import ContactChanged, InboundEvent, InboundMessage, Receipt, Thread, Unknown

_KEPT_BYTES = 64_000


def read(config: EmailConfig, request: WebhookRequest) -> tuple[InboundEvent, ...]:
    """The news in a mail. Raises `PayloadUnreadable` only for what is nested beyond reason."""
    mail = parse_mail(request.body)
    farewell = _farewell(config, mail, request)
    if farewell is not None:
        return (farewell,)
    if is_report(mail):
        return tuple(_receipts(config, mail, request)) or (_unknown("bounce", mail, request),)
    sender_known = mailboxes(mail, "From", "Sender", "Reply-To")
    if not sender_known or is_automatic(mail, request.headers.get("mail-from"), config.mailbox.lower()):
        return (_unknown("automatic", mail, request),)
    return (_message(config, mail, request),)


def _farewell(config: EmailConfig, mail: Mail, request: WebhookRequest) -> ContactChanged | None:
    """What the mail program of somebody who unsubscribes by mail writes; without a genuine token it is just a mail."""
    asked = read_unsubscribe_subject(config.thread_secret, header(mail, "Subject"))
    return opted_out(*asked, request.received_at) if asked else None


def _receipts(config: EmailConfig, mail: Mail, request: WebhookRequest) -> Iterator[Receipt]:
    """What a delivery report says of a mail of ours. Reports have no sender; what has one was written by anybody."""
    delivery = find_delivery(config.thread_secret, request.headers.get("rcpt-to", ""))
    returned = returned_id(mail)
    if request.headers.get("mail-from") or not (delivery or returned):
        return
    for verdict in verdicts(mail):
        yield Receipt(
            status=verdict.status,
            occurred_at=written_at(mail, request.received_at),
            delivery=delivery,
            external_id=returned,
            code=verdict.code,
            text=verdict.text,
        )


def _unknown(name: str, mail: Mail, request: WebhookRequest) -> Unknown:
    raw = decode(request.body[:_KEPT_BYTES])
    return Unknown(key=_key(mail, request), name=name, occurred_at=request.received_at, raw=raw)


def _message(config: EmailConfig, mail: Mail, request: WebhookRequest) -> InboundMessage:
    sender = mailboxes(mail, "From", "Sender", "Reply-To")[0]
    return InboundMessage(
        key=_key(mail, request),
        address=mail_address(sender.address),
        parts=body_parts(mail),
        occurred_at=written_at(mail, request.received_at),
        external_id=_message_id(mail),
        name=sender.name,
        subject=header(mail, "Subject"),
        thread=_thread(config, mail, request),
    )


def _thread(config: EmailConfig, mail: Mail, request: WebhookRequest) -> Thread:
    nearest = references(raw_header(mail, "In-Reply-To"), raw_header(mail, "References"))
    places = (*_recipients(mail, request), *nearest)
    return Thread(token=find_conversation(config.thread_secret, places), references=nearest)


def _recipients(mail: Mail, request: WebhookRequest) -> list[str]:
    """Whom the mail was sent to: by the envelope, then by its own headers."""
    return [request.headers.get("rcpt-to", ""), *(each.address for each in mailboxes(mail, "To", "Cc"))]


def _message_id(mail: Mail) -> str:
    return "".join(message_ids(raw_header(mail, "Message-ID"))[:1])


def _key(mail: Mail, request: WebhookRequest) -> str:
    """What stays the same when a mail is delivered again. Message-IDs go missing or are reused; bodies are repeated."""
    body = request.body.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    said = "\n".join(raw_header(mail, name) for name in ("Message-ID", "From", "Date", "Subject"))
    digest = hashlib.sha256(said.encode() + b"\0" + body.rstrip(b"\n")).hexdigest()
    return f"{_message_id(mail)[:200]} {digest[:16]}".strip()
