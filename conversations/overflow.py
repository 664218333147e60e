"""Overflow (溢出): what is done about a queue while too many wait there, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from conversations.ids import QueueId, StepId


class Trigger(StrEnum):
    """What a step looks at. The value is stored."""

    WAITED = "waited"
    WAITING = "waiting"
    LEVEL = "level"
    NOBODY = "nobody"


class Remedy(StrEnum):
    """What a step does while it is on. The value is stored."""

    WIDEN = "widen"
    ALERT = "alert"
    TELL = "tell"
    ANYBODY = "anybody"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One threshold of a queue and its remedy; on since `on_since`, or off.

    It begins above `limit` and ends at `release`: seconds (`WAITED`), customers (`WAITING`), or percent of those who
    came in the last half hour and got an agent within so many seconds (`LEVEL`, which begins below). `NOBODY` needs
    neither. `helpers` are the queues whose members help (`WIDEN`), `texts` what those who wait are told, by language.
    """

    id: StepId
    queue_id: QueueId
    trigger: Trigger
    remedy: Remedy
    limit: int = 0
    release: int = 0
    within: int = 0
    helpers: frozenset[QueueId] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
    on_since: datetime | None = None
