"""Faults of machines (吞卡、长短款、停机): where a machine stands, who answers for it, and what became of a fault."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from conversations.ids import CalendarId, ConversationId, FaultId, MachineId, QueueId, UserId


class Fault(StrEnum):
    """What happened to a machine: 吞卡, 长短款, 停机. The value is stored."""

    SWALLOWED_CARD = "swallowed card"
    CASH_DIFFERENCE = "cash difference"
    OUT_OF_SERVICE = "out of service"


class Site(StrEnum):
    """Where the machine stands: at a branch, or away from one (离行). The value is stored."""

    BRANCH = "branch"
    OFF_SITE = "off-site"


class Urgency(StrEnum):
    """Whether a fault is handled as an emergency: that is asked for, and decided by somebody above. Stored."""

    ORDINARY = "ordinary"
    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One machine: the queue of its designated unit (指定网点), and the calendar in which that unit works.

    Since `retired_at` it is out of use: its faults are history, and no new ones are reported.
    """

    id: MachineId
    name: str
    site: Site
    queue_id: QueueId | None
    calendar_id: CalendarId
    retired_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """A fault that a customer told us of, one of those of a conversation. `reason` is why it is urgent.

    `cleared_at` is when a difference of cash was cleared; its time begins there.
    """

    id: FaultId
    conversation_id: ConversationId
    machine_id: MachineId
    fault: Fault
    urgency: Urgency
    reason: str
    reported_at: datetime
    reported_by: UserId
    cleared_at: datetime | None = None
    decided_by: UserId | None = None
    settled_at: datetime | None = None
    settled_by: UserId | None = None
