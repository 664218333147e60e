"""A centre as it is simulated: who comes, who works, and how its queues give out their work. Times in seconds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from conversations.ids import QueueId, UserId
from conversations.overflow import Remedy, Step
from routing.forecasts.demand import Demand
from routing.forecasts.moments import BEGIN
from routing.rush.reach import Members, effective_members, reach_of, works_in
from routing.team import Manner


@dataclass(frozen=True, kw_only=True)
class Group:
    """Agents who are alike. They work in these queues, and are there all the time.

    Of conversations that are only offered they let the share `lapse` pass, and are on a break for `back` then; the
    others they accept after `answer`.
    """

    name: str
    agents: int
    queues: frozenset[QueueId]
    capacity: int = 1
    skills: Mapping[str, int] = field(default_factory=dict)
    answer: float = 0
    lapse: float = 0
    back: float = 60

    def masters(self, demand: Demand) -> bool:
        """Whether they have the skill."""
        return self.skills.get(demand.skill, 0) >= demand.skill_level

    def can_serve(self, demand: Demand) -> bool:
        """Whether they work there and have the skill."""
        return demand.queue_id in self.queues and self.masters(demand)

    def ids(self) -> list[UserId]:
        """The agents; their order decides who of two that are equally idle comes first."""
        return [UserId(f"{self.name} {number:04}") for number in range(1, self.agents + 1)]


@dataclass(frozen=True, kw_only=True)
class House:
    """How queues give out their work, where that is not as usual.

    Those that are `merged` are worked as one, and `steps` are what is done about each while too many wait there.
    """

    manners: Mapping[QueueId, Manner] = field(default_factory=dict)
    merged: tuple[frozenset[QueueId], ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Who comes and who works. Only those who come within `length` after `warm_up` count, but all are served."""

    demands: tuple[Demand, ...]
    groups: tuple[Group, ...]
    length: float
    warm_up: float = 0
    house: House = field(default_factory=House)

    @property
    def capacity(self) -> int:
        """Conversations that all agents together can have at the same time."""
        return sum(group.agents * group.capacity for group in self.groups)

    @property
    def end(self) -> float:
        """When the time that counts is over."""
        return self.warm_up + self.length

    @cached_property
    def group_of(self) -> Mapping[UserId, Group]:
        """Everybody who works, and in which group."""
        return {agent_id: group for group in self.groups for agent_id in group.ids()}

    @cached_property
    def staff(self) -> Mapping[QueueId, Sequence[UserId]]:
        """Who belongs to each queue."""
        queues = {each.queue_id for each in self.demands}.union(*(group.queues for group in self.groups))
        return {
            queue_id: [agent_id for agent_id, group in self.group_of.items() if queue_id in group.queues]
            for queue_id in sorted(queues)
        }

    def members(self, steps: Iterable[Step] = ()) -> Members:
        """Who works in each queue while these steps are as they are."""
        own = {queue_id: frozenset(agents) for queue_id, agents in self.staff.items()}
        return effective_members(own, reach_of(self.house.merged, steps))

    def servers(self, demand: Demand) -> list[Group]:
        """The groups that serve these customers, at least while every step is on."""
        reach = reach_of(self.house.merged, [replace(step, on_since=BEGIN) for step in self.house.steps])
        theirs = [step for step in self.house.steps if step.queue_id == demand.queue_id]
        anybody = any(step.remedy is Remedy.ANYBODY for step in theirs)
        return [
            group
            for group in self.groups
            if works_in(reach, demand.queue_id, group.queues) and (anybody or group.masters(demand))
        ]

    def within_length(self, since: float, until: float) -> float:
        """How much of a time counts."""
        return max(min(until, self.end) - max(since, self.warm_up), 0)
