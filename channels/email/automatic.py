"""Mail that no person wrote: recognised so that nobody answers a robot (RFC 3834)."""

import re

from channels.email.mime import Mail, mailboxes, raw_header

_ROBOTS = re.compile(r"(?:mailer-daemon|postmaster|bounces?)(?:[+=-].*)?@.*", re.IGNORECASE)
_BULK = frozenset(("bulk", "list", "junk", "auto_reply"))

# X-Auto-Response-Suppress is absent on purpose: it is a wish of the sender, and ordinary mail carries it.
_TELLING_HEADERS = ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Auto-Reply")


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


def _is_from_robot(mail: Mail, own_address: str) -> bool:
    senders = [sender.address.lower() for sender in mailboxes(mail, "From")]
    return any(sender == own_address or _ROBOTS.fullmatch(sender) for sender in senders)
