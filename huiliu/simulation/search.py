"""How many agents are enough: the answer to `huiliu simulate --target`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil

from huiliu.simulation.options import with_agents
from huiliu.simulation.words import Goal
from routing.forecasts.figures import Tally
from routing.forecasts.scenario import Group, Scenario
from routing.forecasts.staffing import smallest

NEIGHBOURS = 2
"""How many agents fewer and more are shown beside the answer."""

Try = Callable[[Scenario, str], Sequence[Tally]]
"""Simulates a scenario; the text is for the person who waits."""


@dataclass(frozen=True)
class Attempt:
    """What so many agents in the group would reach; `worst` is the queue of theirs with the lowest service level."""

    agents: int
    scenario: Scenario
    tallies: Sequence[Tally]
    worst: Tally

    @property
    def level(self) -> float:
        """The service level of that queue."""
        return _level(self.worst)

    def is_undecided(self, goal: Goal) -> bool:
        """Whether the goal lies within the interval."""
        level = self.worst.estimate("service_level")
        return level is not None and level.low < goal.share < level.high


@dataclass(frozen=True)
class Search:
    """The answer, and the attempts around it."""

    goal: Goal
    group: Group
    answer: Attempt
    neighbours: Sequence[Attempt]

    def undecided(self) -> list[Attempt]:
        """Attempts that may or may not reach the goal, as far as their intervals tell."""
        return [attempt for attempt in self.neighbours if attempt.is_undecided(self.goal)]


def search(scenario: Scenario, group: Group, goal: Goal, simulate: Try) -> Search:
    """The smallest number of agents in the group with which each of its queues reaches the goal."""

    @cache
    def attempt(agents: int) -> Attempt:
        changed = with_agents(scenario, group, agents)
        tallies = simulate(changed, f"{agents} agents")
        theirs = [tally for tally in tallies if len(tally.line.queues) == 1 and tally.line.queues <= group.queues]
        return Attempt(agents, changed, tallies, min(theirs, key=_level))

    enough = smallest(lambda agents: attempt(agents).level >= goal.share, _first_guess(scenario, group))
    around = range(max(enough - NEIGHBOURS, 1), enough + NEIGHBOURS + 1)
    return Search(goal, group, attempt(enough), [attempt(agents) for agents in around])


def _first_guess(scenario: Scenario, group: Group) -> int:
    """As many as have time for the work, if nobody else does it and all comes evenly."""
    load = sum(demand.load for demand in scenario.demands if demand.queue_id in group.queues)
    return ceil(load / group.capacity)


def _level(tally: Tally) -> float:
    """A queue to which nobody came disappointed nobody."""
    level = tally.estimate("service_level")
    return 1 if level is None else level.value
