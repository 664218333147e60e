"""Mail that no person wrote: recognised so that nobody answers a robot (RFC 3834); a bounce is read (RFC 3464)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels.email.charset import decode
from channels.email.mime import Mail, children, mailboxes, parse_mail, raw_header
from channels.email.thread import message_ids

_ROBOTS = re.compile(r"(?:mailer-daemon|postmaster|bounces?)(?:[+=-].*)?@.*", re.IGNORECASE)
_BULK = frozenset(("bulk", "list", "junk", "auto_reply"))

# X-Auto-Response-Suppress is absent on purpose: it is a wish of the sender, and ordinary mail carries it.
_TELLING_HEADERS = ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Auto-Reply")


@dataclass(frozen=True)
class Bounce:
    """A mail of ours that could not be delivered, in the words of the server that gave up."""

    message_id: str
    status: str
    diagnostic: str


def is_automatic(mail: Mail, return_path: str | None, own_address: str) -> bool:
    """Whether a program sent this. `return_path` is the envelope's sender: empty for reports, None when not known."""
    return (
        return_path == ""
        or raw_header(mail, "Return-Path") == "<>"
        or raw_header(mail, "Auto-Submitted").lower().partition(";")[0].strip() not in ("", "no")
        or raw_header(mail, "Precedence").lower() in _BULK
        or any(name in mail for name in _TELLING_HEADERS)
        or mail.get_content_type() == "multipart/report"
        or _is_from_robot(mail, own_address)
    )


def read_bounce(mail: Mail) -> Bounce | None:
    """The failure that a delivery report tells of; None for delays, confirmations and everything else."""
    if mail.get_content_type() != "multipart/report":
        return None
    failures = [fields for fields in _recipients(mail) if _first_word(fields, "Action") == "failed"]
    returned = _returned_id(mail)
    if not failures or not returned:
        return None
    return Bounce(returned, _first_word(failures[0], "Status"), _diagnostic(failures[0]))


def _is_from_robot(mail: Mail, own_address: str) -> bool:
    senders = [sender.address.lower() for sender in mailboxes(mail, "From")]
    return any(sender == own_address or _ROBOTS.fullmatch(sender) for sender in senders)


def _recipients(mail: Mail) -> Iterator[Mail]:
    """The per-recipient blocks; the parser makes a message of each block of a delivery status."""
    for part in children(mail):
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            yield from children(part)


def _first_word(fields: Mail, name: str) -> str:
    words = raw_header(fields, name).lower().split()
    return words[0] if words else ""


def _diagnostic(fields: Mail) -> str:
    """`smtp; 550 5.1.1 no such user` without the type of the server before it."""
    return raw_header(fields, "Diagnostic-Code").partition(";")[2].strip()[:500]


def _returned_id(mail: Mail) -> str:
    """The Message-ID of our mail that came back, whole or its headers alone; some only refer to it."""
    candidates = [raw_header(returned, "Message-ID") for part in children(mail) for returned in _returned(part)]
    candidates += [raw_header(mail, "In-Reply-To"), raw_header(mail, "References")]
    found = [each for candidate in candidates for each in message_ids(candidate)[-1:]]
    return found[0] if found else ""


def _returned(part: Mail) -> list[Mail]:
    if part.get_content_type() in ("message/rfc822", "message/global"):
        return children(part)
    if part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
        content = part.get_payload(decode=True)
        return [parse_mail(content)] if isinstance(content, bytes) else children(part)
    return []


def raw_text(raw: bytes) -> str:
    """The beginning of a mail as text, for keeping."""
    return decode(raw[:64_000])
