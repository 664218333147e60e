"""The signature of both directions: HMAC-SHA256 over the time and the body, so that neither can be used elsewhere."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from channels.contract import WebhookRequest
from conversations.errors import SignatureInvalid

TIMESTAMP = "x-huiliu-timestamp"
SIGNATURE = "x-huiliu-signature"

LEEWAY = timedelta(minutes=5)
"""How far a request may lie from now. Within it a repeated one is recognised by its id."""


def signed_headers(secret: str, body: bytes, now: datetime) -> dict[str, str]:
    """What proves that a body is ours."""
    timestamp = str(int(now.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: signature(secret, timestamp, body)}


def verify(secret: str, request: WebhookRequest) -> None:
    """Raise `SignatureInvalid` unless the request was signed with this secret, and not long ago."""
    timestamp = request.headers.get(TIMESTAMP, "")
    claimed = request.headers.get(SIGNATURE, "")
    if not hmac.compare_digest(claimed.encode(), signature(secret, timestamp, request.body).encode()):
        raise SignatureInvalid(f"{SIGNATURE} is not that of this body and time")
    if abs(request.received_at - _moment(timestamp)) > LEEWAY:
        raise SignatureInvalid(f"{TIMESTAMP} is more than five minutes away")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Hexadecimal digits of the HMAC."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _moment(timestamp: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        raise SignatureInvalid(f"{TIMESTAMP} is not a number of seconds") from None
