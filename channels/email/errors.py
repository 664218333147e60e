"""What a mail server's refusal means, and who must act."""

import re
import ssl
from datetime import timedelta

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPConnectResponseError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from conversations.errors import (
    Misconfigured,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    UnknownOutcome,
)

# Greylisting servers want a pause of minutes, not seconds (RFC 6647 §4).
_GREYLISTED = timedelta(minutes=5)
_CLOSING_DOWN = 421

_PERMANENT: dict[type[SMTPResponseException], type[SendError]] = {
    SMTPConnectResponseError: Misconfigured,
    SMTPHeloError: Misconfigured,
    SMTPAuthenticationError: Misconfigured,
    SMTPSenderRefused: Misconfigured,
    SMTPRecipientRefused: Rejected,
    SMTPDataError: Rejected,
}
"""Who is at fault when a server says no for good at each step."""

_WHATEVER_THE_STEP: tuple[tuple[re.Pattern[str], type[SendError]], ...] = (
    # Our SPF, DKIM, DMARC, reverse DNS or TLS is not in order: RFC 7372, Google's 4.7.23 to 4.7.40 and their 5.7
    # siblings, Microsoft's 5.7.509 and 5.7.515. The recipient is not at fault, and another attempt helps nobody.
    (re.compile(r"\b5\.7\.(?:2\d|3[0-2]|40|509|515)\b"), Misconfigured),
    (re.compile(r"\b4\.7\.(?:2[35679]|3[0-2]|40)\b"), Misconfigured),
    # The server takes no mail for others from us: the login is missing (RFC 3463 has no code of its own for it).
    (
        re.compile(r"\brelay(?:ing)?\b.*\b(?:denied|not permitted|prohibited)\b|\bunable to relay\b", re.I),
        Misconfigured,
    ),
    # A full mailbox stays full for days: whoever wrote should hear of it now, even where it is called temporary.
    (re.compile(r"\b[45]\.2\.2\b"), Rejected),
)
"""What a server says in so many words, and who must act then."""

_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


def send_error(error: SMTPException | OSError, *, handed_over: bool) -> SendError:
    """The house's word for what went wrong. `handed_over`: the mail itself was on its way."""
    if isinstance(error, SMTPResponseException):
        return _refusal(error)
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return Misconfigured(f"The mail server's TLS cannot be trusted: {error}")
    if isinstance(error, (SMTPConnectError, SMTPServerDisconnected, SMTPTimeoutError, OSError)):
        return UnknownOutcome(str(error)) if handed_over else ProviderUnavailable(str(error))
    return Misconfigured(str(error))


def _refusal(error: SMTPResponseException) -> SendError:
    text = f"{error.code} {error.message}"
    enhanced = _ENHANCED.search(error.message)
    code = enhanced[0] if enhanced else str(error.code)
    for words, meaning in _WHATEVER_THE_STEP:
        if words.search(error.message):
            return meaning(text, code=code)
    if error.code == _CLOSING_DOWN:
        return ProviderUnavailable(text, code=code)
    if error.code < 500:
        return Throttled(text, code=code, after=_GREYLISTED)
    return _PERMANENT.get(type(error), Rejected)(text, code=code)
