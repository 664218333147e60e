"""Undeliverable mail that comes back (RFC 3464): whom it did not reach, why, and which mail of ours it was.

The envelope sender of our mail bears a signed token of its delivery (VERP); a report without it is matched by the
Message-ID of the mail that it returns.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from channels.email import tokens
from channels.email.mime import Mail, children, header, parse_mail, raw_header
from channels.email.thread import message_ids
from conversations.ids import DeliveryId
from conversations.inbound import ReceiptStatus

_PURPOSE = b"huiliu mail bounce"
_LONGEST_TEXT = 500
_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_WHOLE_TYPES = ("message/rfc822", "message/global")
_HEADER_TYPES = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")

_BY_ACTION = {
    "failed": ReceiptStatus.FAILED,
    "delivered": ReceiptStatus.DELIVERED,
    "relayed": ReceiptStatus.ACCEPTED,
    "expanded": ReceiptStatus.ACCEPTED,
    "delayed": ReceiptStatus.ACCEPTED,
}
"""A server that is late still has the mail; one that relayed it or sent it to a list knows no more (§2.3.3)."""

_BY_CLASS = {"2": ReceiptStatus.DELIVERED, "4": ReceiptStatus.ACCEPTED, "5": ReceiptStatus.FAILED}
"""For reports without a known action: the first digit of the status (RFC 3463 §2)."""

_BEST_FIRST = (ReceiptStatus.DELIVERED, ReceiptStatus.FAILED, ReceiptStatus.ACCEPTED)
"""Whoever got a mail at one of the addresses behind theirs has got it."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mail at one recipient, in the words of the server that reports it."""

    status: ReceiptStatus
    code: str
    text: str


def bounce_token(secret: str, delivery: DeliveryId) -> str:
    """What the envelope sender of a delivery bears, 42 characters."""
    return tokens.sign(secret, _PURPOSE, delivery)


def find_delivery(secret: str, text: str) -> str:
    """The delivery whose genuine token stands in an address; empty when there is none."""
    return tokens.find(secret, _PURPOSE, text)


def is_report(mail: Mail) -> bool:
    """Whether this is a delivery report; other reports, such as read receipts, have no such part."""
    return mail.get_content_type() == "multipart/report" and any(map(_is_status, children(mail)))


def verdicts(mail: Mail) -> list[Verdict]:
    """What a delivery report says, the best news first."""
    found = [verdict for fields in _recipients(mail) if (verdict := _verdict(fields))]
    return sorted(found, key=lambda verdict: _BEST_FIRST.index(verdict.status))


def returned_id(mail: Mail) -> str:
    """The Message-ID of our mail that came back, whole or its headers alone; some only refer to it."""
    candidates = [raw_header(returned, "Message-ID") for part in children(mail) for returned in _returned(part)]
    candidates += [raw_header(mail, "In-Reply-To"), raw_header(mail, "References")]
    found = [each for candidate in candidates for each in message_ids(candidate)[-1:]]
    return found[0] if found else ""


def _is_status(part: Mail) -> bool:
    return part.get_content_type() in _STATUS_TYPES


def _recipients(mail: Mail) -> Iterator[Mail]:
    """The per-recipient blocks; the parser makes a message of each block of a delivery status."""
    for part in filter(_is_status, children(mail)):
        yield from (fields for fields in children(part) if "Action" in fields or "Status" in fields)


def _verdict(fields: Mail) -> Verdict | None:
    code = _first_word(fields, "Status")
    status = _BY_ACTION.get(_first_word(fields, "Action")) or _BY_CLASS.get(code[:1])
    return Verdict(status, code, _text(fields)) if status else None


def _first_word(fields: Mail, name: str) -> str:
    words = raw_header(fields, name).lower().split()
    return words[0] if words else ""


def _text(fields: Mail) -> str:
    """`smtp; 550 5.1.1 no such user` without the type before it, and the recipient unless that names it."""
    recipient = _typed(fields, "Original-Recipient") or _typed(fields, "Final-Recipient")
    diagnostic = _typed(fields, "Diagnostic-Code")
    said = diagnostic if recipient in diagnostic else f"{recipient}: {diagnostic}".removesuffix(": ")
    return said[:_LONGEST_TEXT]


def _typed(fields: Mail, name: str) -> str:
    return header(fields, name).partition(";")[2].strip()


def _returned(part: Mail) -> list[Mail]:
    if part.get_content_type() in _WHOLE_TYPES:
        return children(part)
    if part.get_content_type() in _HEADER_TYPES:
        content = part.get_payload(decode=True)
        return [parse_mail(content)] if isinstance(content, bytes) else children(part)
    return []
