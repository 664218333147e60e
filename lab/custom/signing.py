"""How the system and the product prove to each other who they are: HMAC-SHA256 of time, a dot, and the body."""

import hmac
from collections.abc import Mapping
from datetime import datetime

FRESH_SECONDS = 300


def sign(secret: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a body."""
    timestamp = str(int(now.timestamp()))
    return {"X-Huiliu-Timestamp": timestamp, "X-Huiliu-Signature": digest(secret, timestamp, body)}


def complaint(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """What is wrong with the signature of a request; nothing if it is good."""
    timestamp, claimed = headers.get("X-Huiliu-Timestamp", ""), headers.get("X-Huiliu-Signature", "")
    if not timestamp.isdecimal():
        return "X-Huiliu-Timestamp is missing"
    if abs(int(timestamp) - now.timestamp()) > FRESH_SECONDS:
        return "X-Huiliu-Timestamp is too old"
    if not hmac.compare_digest(digest(secret, timestamp, body), claimed):
        return "X-Huiliu-Signature is wrong"
    return ""


def digest(secret: str, timestamp: str, body: bytes) -> str:
    """Hexadecimal digits of the HMAC."""
    return hmac.new(secret.encode(), b".".join((timestamp.encode(), body)), "sha256").hexdigest()
