"""Agents: what they can take, and which of them is next by the strategy of a queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import UserId
from conversations.reasons import Reason

PRESENCE = timedelta(seconds=75)
"""An agent whose screen was not seen for so long gets no new work: three missed heartbeats."""


class Strategy(StrEnum):
    """How a queue chooses among its agents who could take a conversation."""

    BALANCED = "balanced"
    ROUND_ROBIN = "round_robin"
    SKILL_FIRST = "skill_first"
    LONGEST_IDLE = "longest_idle"


@dataclass(frozen=True)
class Manner:
    """How a queue gives out its work; after each conversation an agent gets no other one for the `pause`.

    A customer waits for somebody they know until they have waited for the `grace` time. Who served them last is such a
    one within the time `remembers`. With a time for an `offer` agents accept a conversation within it or do not get it.
    """

    strategy: Strategy = Strategy.BALANCED
    pause: timedelta = timedelta(0)
    grace: timedelta = timedelta(0)
    remembers: timedelta = timedelta(0)
    offer: timedelta = timedelta(0)


class Terms(NamedTuple):
    """Until when a conversation is only offered, and until when nothing follows it; None is not at all."""

    offered_until: datetime | None
    paused_until: datetime | None


OUTRIGHT = Terms(None, None)


@dataclass(frozen=True, kw_only=True)
class Agent:
    """What decides whether somebody gets work. `ready_since` is when they last came to be as they are.

    `capacity` is in ordinary conversations, `pause` is theirs where it is longer than that of the queue, `deputy_id` is
    who stands in for them. `served_at` is when they last got one, `served_today` how many on that day, `paused_until`
    when their pause ends; the engine takes these three when it hears of somebody first, and goes on by itself.
    """

    id: UserId
    ready: bool
    capacity: int
    ready_since: datetime
    seen_at: datetime | None
    skills: Mapping[str, int] = field(default_factory=dict)
    pause: timedelta = timedelta(0)
    deputy_id: UserId | None = None
    served_at: datetime | None = None
    served_today: int = 0
    paused_until: datetime | None = None


class Desk:
    """An agent and what is on their desk.

    `load` and `limit` are in quarters of an ordinary conversation, `served_at` and `idle_since` in seconds.
    """

    __slots__ = ("agent", "idle_since", "limit", "load", "pauses", "served_at", "served_today")

    def __init__(self, agent: Agent, load: int = 0) -> None:
        self.load = load
        self.pauses = False
        self.served_today = agent.served_today
        self.served_at = agent.served_at.timestamp() if agent.served_at else 0.0
        self.sit_down(agent)

    def sit_down(self, agent: Agent) -> None:
        """The agent is now as they are here; what is on the desk stays."""
        self.agent = agent
        self.limit = agent.capacity * ORDINARY_WEIGHT if agent.ready else 0
        self.idle_since = max(self.served_at, agent.ready_since.timestamp())

    def serve(self, now: datetime) -> None:
        """Work comes, given by the engine."""
        self.served_at = now.timestamp()
        self.idle_since = max(self.served_at, self.idle_since)
        self.served_today += 1

    def begin_day(self, midnight: datetime) -> None:
        """What was before counts no more."""
        if self.served_at < midnight.timestamp():
            self.served_today = 0

    def has_room(self) -> bool:
        """Whether they could take anything at all."""
        return self.load < self.limit and not self.pauses

    def fits(self, weight: int) -> bool:
        """Whether this has room. On an empty desk everything has, or the heaviest would wait for ever."""
        if self.pauses:
            return False
        return self.load + weight <= self.limit or (self.load == 0 < self.limit)

    def is_present(self, now: datetime) -> bool:
        """Whether their screen is connected."""
        return self.agent.seen_at is not None and now - self.agent.seen_at <= PRESENCE

    def masters(self, skill: str, level: int) -> bool:
        """Whether they hold a skill, at this level at least. Everybody holds the empty one."""
        return not skill or (skill in self.agent.skills and self.agent.skills[skill] >= level)

    def level(self, skill: str) -> int:
        """How well they master a skill."""
        return self.agent.skills.get(skill, 0)

    def saturation(self) -> float:
        """What part of their capacity is taken."""
        return self.load / self.limit


class Rank(NamedTuple):
    """Who is next: the smallest `order`."""

    order: tuple[float, ...]
    agent_id: UserId


def rank(desk: Desk, strategy: Strategy, skill: str) -> Rank:
    """An agent's place among those who could take a conversation that asks for `skill`."""
    return Rank(_ORDERS[strategy](desk, skill), desk.agent.id)


def reason(desk: Desk, strategy: Strategy, skill: str) -> Reason:
    """Why the first by `rank` is the first."""
    return _REASONS[strategy](desk, skill, load_of(desk))


def load_of(desk: Desk) -> Mapping[str, object]:
    """An agent's `load` and `capacity` for people to read, in ordinary conversations."""
    return {"load": f"{desk.load / ORDINARY_WEIGHT:g}", "capacity": desk.agent.capacity}


_ORDERS: Mapping[Strategy, Callable[[Desk, str], tuple[float, ...]]] = {
    Strategy.BALANCED: lambda desk, skill: (
        desk.saturation(),
        desk.served_today,
        -desk.level(skill),
        desk.idle_since,
    ),
    Strategy.ROUND_ROBIN: lambda desk, _: (desk.served_at,),
    Strategy.SKILL_FIRST: lambda desk, skill: (
        -desk.level(skill),
        desk.saturation(),
        desk.served_today,
        desk.idle_since,
    ),
    Strategy.LONGEST_IDLE: lambda desk, _: (desk.load > 0, desk.idle_since),
}

_REASONS: Mapping[Strategy, Callable[[Desk, str, Mapping[str, object]], Reason]] = {
    Strategy.BALANCED: lambda desk, skill, load: Reason("lowest load {load} of {capacity}", **load),
    Strategy.ROUND_ROBIN: lambda desk, skill, load: Reason("next in turn, load {load} of {capacity}", **load),
    Strategy.SKILL_FIRST: lambda desk, skill, load: Reason(
        'skill "{skill}" at {level}, load {load} of {capacity}', skill=skill, level=desk.level(skill), **load
    ),
    Strategy.LONGEST_IDLE: lambda desk, skill, load: Reason("longest idle, load {load} of {capacity}", **load),
}
