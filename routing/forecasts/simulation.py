"""What would happen: the live engine, fed with customers made from a seed, in a time of its own. Times in seconds."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush, merge
from itertools import count
from math import inf
from operator import attrgetter

from conversations.ids import ConversationId, QueueId, UserId
from routing.engine import Agent, Decision, State, Ticket, assignments
from routing.forecasts.demand import Customer, Demand

BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
"""The engine's time when the simulation's is 0."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Agents who are alike. They work in these queues, and are there all the time."""

    name: str
    agents: int
    queues: frozenset[QueueId]
    capacity: int = 1
    skills: Mapping[str, int] = field(default_factory=dict)

    def can_serve(self, demand: Demand) -> bool:
        """Whether they work there and have the skill."""
        return demand.queue_id in self.queues and self.skills.get(demand.skill, 0) >= demand.skill_level

    def ids(self) -> list[UserId]:
        """The agents; their order decides who of two that are equally idle comes first."""
        return [UserId(f"{self.name} {number:04}") for number in range(1, self.agents + 1)]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Who comes and who works. Only those who come within `length` after `warm_up` count, but all are served."""

    demands: tuple[Demand, ...]
    groups: tuple[Group, ...]
    length: float
    warm_up: float = 0

    @property
    def capacity(self) -> int:
        """Conversations that all agents together can have at the same time."""
        return sum(group.agents * group.capacity for group in self.groups)

    @property
    def end(self) -> float:
        """When the time that counts is over."""
        return self.warm_up + self.length


@dataclass(slots=True)
class Visit:
    """What became of a customer. `waited` is set once they are answered or give up."""

    conversation_id: ConversationId
    customer: Customer
    waited: float | None = None
    agent_id: UserId | None = None

    @property
    def is_answered(self) -> bool:
        """Whether somebody took the conversation."""
        return self.agent_id is not None

    @property
    def gave_up(self) -> bool:
        """Whether the customer went away unanswered."""
        return self.waited is not None and self.agent_id is None


@dataclass(frozen=True)
class Run:
    """What happened: everybody who counts, and how long conversations kept each agent within the time that counts.

    An agent with two conversations for a minute was busy for two.
    """

    visits: list[Visit]
    busy: Mapping[UserId, float]


class Switchboard:
    """The engine as the simulation uses it; nothing else here knows how it wants to be asked."""

    def __init__(self, groups: Iterable[Group], demands: Iterable[Demand]) -> None:
        self._state = State()
        self._state.set_agents(_agent(each, group) for group in groups for each in group.ids())
        self._state.set_members({each.queue_id: members(groups, each.queue_id) for each in demands})

    def queued(self, visit: Visit) -> None:
        """A customer comes."""
        customer = visit.customer
        ticket = Ticket(
            conversation_id=visit.conversation_id,
            queue_id=customer.queue_id,
            since=_moment(customer.at),
            priority=customer.priority,
            skill=customer.skill,
            skill_level=customer.skill_level,
        )
        self._state.queued(ticket)

    def gone(self, visit: Visit) -> None:
        """A customer gives up, or was served."""
        self._state.gone(visit.conversation_id)

    def decide(self, now: float) -> list[Decision]:
        """Who gets whom now."""
        return assignments(self._state, _moment(now))


class Simulation:
    """One run in progress."""

    def __init__(self, scenario: Scenario, seed: str) -> None:
        self.visits: list[Visit] = []
        self.busy: defaultdict[UserId, float] = defaultdict(float)
        self._scenario = scenario
        self._switchboard = Switchboard(scenario.groups, scenario.demands)
        self._numbers = count()
        self._coming = merge(*(each.customers(seed) for each in scenario.demands), key=attrgetter("at"))
        self._waiting: dict[ConversationId, Visit] = {}
        self._undecided = 0
        # The number keeps what happens in the same moment in the order in which it was foreseen.
        self._due: list[tuple[float, int, Callable[[Visit], None], Visit]] = []
        self.now = 0.0

    def run(self) -> Run:
        """Let time pass until the end, and until everybody who came before it has been answered or has given up.

        Where agents are far too few that never happens: it stops after as much time again.
        """
        self._expect_next()
        while self._due and self._due[0][0] <= self._scenario.end:
            self.step()
        while self._due and self._undecided and self._due[0][0] <= self._scenario.end + self._scenario.length:
            self.step()
        return Run(self.visits, self.busy)

    def step(self) -> None:
        """Let the next thing happen, and the engine decide."""
        self.now, _, happen, visit = heappop(self._due)
        happen(visit)
        if self._waiting:
            self._decide()

    def _decide(self) -> None:
        for decision in self._switchboard.decide(self.now):
            self._begin(self._waiting[decision.conversation_id], decision.agent_id)

    def _expect_next(self) -> None:
        customer = next(self._coming, None)
        if customer is not None:
            conversation_id = ConversationId(f"{next(self._numbers):012}")
            self._expect(customer.at, self._arrive, Visit(conversation_id, customer))

    def _expect(self, at: float, happen: Callable[[Visit], None], visit: Visit) -> None:
        heappush(self._due, (at, next(self._numbers), happen, visit))

    def _arrive(self, visit: Visit) -> None:
        self._expect_next()
        if self._counts(visit):
            self.visits.append(visit)
            self._undecided += 1
        self._waiting[visit.conversation_id] = visit
        self._switchboard.queued(visit)
        if visit.customer.patience < inf:
            self._expect(self.now + visit.customer.patience, self._give_up, visit)

    def _begin(self, visit: Visit, agent_id: UserId) -> None:
        visit.agent_id = agent_id
        self._no_longer_waits(visit)
        served_at = self.now + visit.customer.handle
        self.busy[agent_id] += self._within_length(served_at) - self._within_length(self.now)
        self._expect(served_at, self._switchboard.gone, visit)

    def _give_up(self, visit: Visit) -> None:
        if visit.waited is None:
            self._switchboard.gone(visit)
            self._no_longer_waits(visit)

    def _no_longer_waits(self, visit: Visit) -> None:
        del self._waiting[visit.conversation_id]
        visit.waited = self.now - visit.customer.at
        self._undecided -= self._counts(visit)

    def _within_length(self, at: float) -> float:
        return min(max(at, self._scenario.warm_up), self._scenario.end)

    def _counts(self, visit: Visit) -> bool:
        return self._scenario.warm_up <= visit.customer.at < self._scenario.end


def members(groups: Iterable[Group], queue_id: QueueId) -> frozenset[UserId]:
    """Who works in a queue."""
    return frozenset(each for group in groups if queue_id in group.queues for each in group.ids())


def _agent(agent_id: UserId, group: Group) -> Agent:
    # Screens of simulated agents are never closed.
    seen_at = datetime.max.replace(tzinfo=UTC)
    return Agent(
        id=agent_id,
        ready=True,
        capacity=group.capacity,
        skills=group.skills,
        ready_since=BEGIN,
        seen_at=seen_at,
    )


def _moment(at: float) -> datetime:
    return BEGIN + timedelta(seconds=at)
