"""Identifiers: time-ordered (UUIDv7, RFC 9562), made by the application before a thing is stored."""

import os
import time
from array import array
from collections import deque
from datetime import datetime
from typing import NewType

AccountId = NewType("AccountId", str)
AlertId = NewType("AlertId", str)
AnnouncementId = NewType("AnnouncementId", str)
CalendarId = NewType("CalendarId", str)
ContactId = NewType("ContactId", str)
ConversationId = NewType("ConversationId", str)
MergeId = NewType("MergeId", str)
LostTimeId = NewType("LostTimeId", str)
MachineId = NewType("MachineId", str)
MessageId = NewType("MessageId", str)
DeadlineId = NewType("DeadlineId", str)
DeliveryId = NewType("DeliveryId", str)
BlockId = NewType("BlockId", str)
HandId = NewType("HandId", str)
HandoverId = NewType("HandoverId", str)
FaultId = NewType("FaultId", str)
InvitationId = NewType("InvitationId", str)
NoticeId = NewType("NoticeId", str)
PolicyId = NewType("PolicyId", str)
QuarantineId = NewType("QuarantineId", str)
QueueId = NewType("QueueId", str)
RecallId = NewType("RecallId", str)
RuleId = NewType("RuleId", str)
ShiftId = NewType("ShiftId", str)
StepId = NewType("StepId", str)
UserId = NewType("UserId", str)

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62
_62_BITS = (1 << 62) - 1

_random: deque[int] = deque()
"""Asked for many at once: for each question the system takes the interpreter away from this thread."""

# A forked process must not make the ids of its parent.
os.register_at_fork(after_in_child=_random.clear)


def new_id() -> str:
    """Make a UUIDv7 as 32 hexadecimal digits: 48 bits of milliseconds, 12 bits of their fraction, 62 random."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    return f"{milliseconds << 80 | _VERSION_7 | fraction << 64 | _VARIANT | _random_62_bits():032x}"


def first_id(at: datetime) -> str:
    """Smaller than every id that is made from this moment on, and greater than those before."""
    return f"{int(at.timestamp() * 1000) << 80:032x}"


def _random_62_bits() -> int:
    try:
        return _random.pop() & _62_BITS
    except IndexError:
        _random.extend(array("Q", os.urandom(4096)))
        return _random_62_bits()
