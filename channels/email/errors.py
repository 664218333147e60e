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

# 5.7.20 to 5.7.30: our SPF, DKIM, DMARC, reverse DNS or TLS is not in order (RFC 7372; Google's 5.7.26 to 5.7.30).
# 5.7.509 and 5.7.515 are Microsoft's words for the same. The recipient is not at fault.
_SENDER_POLICY = re.compile(r"\b5\.7\.(?:2\d|30|509|515)\b")
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")

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
    if error.code == _CLOSING_DOWN:
        return ProviderUnavailable(text, code=code)
    if error.code < 500:
        return Throttled(text, code=code, after=_GREYLISTED)
    if _SENDER_POLICY.search(error.message):
        return Misconfigured(text, code=code)
    return _PERMANENT.get(type(error), Rejected)(text, code=code)
