"""Identifiers: time-ordered (UUIDv7, RFC 9562), made by the application before a thing is stored."""

import secrets
import time
from typing import NewType

AccountId = NewType("AccountId", str)
ContactId = NewType("ContactId", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
DeliveryId = NewType("DeliveryId", str)
InvitationId = NewType("InvitationId", str)
QuarantineId = NewType("QuarantineId", str)
QueueId = NewType("QueueId", str)
RuleId = NewType("RuleId", str)
UserId = NewType("UserId", str)

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


def new_id() -> str:
    """Make a UUIDv7 as 32 hexadecimal digits: 48 bits of milliseconds, 12 bits of their fraction, 62 random."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    return f"{milliseconds << 80 | _VERSION_7 | fraction << 64 | _VARIANT | secrets.randbits(62):032x}"
