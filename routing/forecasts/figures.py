"""The figures of a simulation, for one queue or several together. Times in seconds, shares from 0 to 1."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import ceil
from statistics import fmean, median

from conversations.ids import QueueId
from conversations.overflow import Step
from routing.forecasts.estimates import Estimate, estimate
from routing.forecasts.scenario import Scenario
from routing.forecasts.simulation import Simulation
from routing.forecasts.visits import Run, Spell, Visit

SLOTS = 12
"""Parts of the time that waits are shown for."""

SHARES = frozenset(("had_to_wait", "service_level", "got_whom_they_know", "occupancy"))


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One run's. None where there was nobody to ask about.

    The service level is the share that was answered within the promised time, of all but those who gave up before it:
    so the floor counts too. Waits are those of customers who were answered. Helpers belong to another queue.
    `got_whom_they_know` is a share of those who know somebody and were answered.
    """

    offered: float
    answered: float
    given_up: float
    still_waiting: float
    helped: float
    lapsed_offers: float
    had_to_wait: float | None
    service_level: float | None
    mean_wait: float | None
    median_wait: float | None
    p95_wait: float | None
    longest_wait: float | None
    got_whom_they_know: float | None
    occupancy: float | None


@dataclass(frozen=True)
class Line:
    """What figures are asked about: one queue, or several together."""

    name: str
    queues: frozenset[QueueId]


@dataclass(frozen=True)
class Turns:
    """How often a step of overflow began, and for what share of the time it was on."""

    step: Step
    began: Estimate | None
    on: Estimate | None


class Tally:
    """What runs of one scenario have shown so far about one line."""

    def __init__(self, line: Line, scenario: Scenario, within: float) -> None:
        self.line = line
        self._scenario = scenario
        self._within = within
        self._figures: list[Figures] = []
        self._waits: list[list[float]] = [[] for _ in range(SLOTS)]
        self._spells: list[Sequence[Spell]] = []

    def add(self, run: Run) -> None:
        """Count a run."""
        visits = [visit for visit in run.visits if visit.queue_id in self.line.queues]
        occupancy = _occupancy(run, self._scenario, self.line.queues)
        self._figures.append(figures(visits, self._within, occupancy))
        self._spells.append(run.spells)
        for visit in visits:
            if visit.waited is not None:
                self._waits[self._slot(visit)].append(visit.waited)

    def estimates(self) -> Mapping[str, Estimate | None]:
        """Each of the `Figures`, over all runs."""
        return {each.name: self.estimate(each.name) for each in fields(Figures)}

    def estimate(self, name: str) -> Estimate | None:
        """One of the `Figures`, over all runs."""
        values = [value for each in self._figures if (value := getattr(each, name)) is not None]
        return estimate(values, most=1 if name in SHARES else None)

    def waits_over_time(self) -> list[float | None]:
        """The mean wait, answered or not, of those who came in each of the `SLOTS`."""
        return [fmean(waits) if waits else None for waits in self._waits]

    def turns(self) -> list[Turns]:
        """What the overflow of these queues did, step by step."""
        steps = (step for step in self._scenario.house.steps if step.queue_id in self.line.queues)
        return [self._turns(step) for step in steps]

    def _turns(self, step: Step) -> Turns:
        runs = [[spell for spell in spells if spell.step_id == step.id] for spells in self._spells]
        began = [sum(self._scenario.warm_up <= each.since < self._scenario.end for each in spells) for spells in runs]
        on = [sum(self._scenario.within_length(each.since, each.until) for each in spells) for spells in runs]
        return Turns(step, estimate(began), estimate([each / self._scenario.length for each in on], most=1))

    def _slot(self, visit: Visit) -> int:
        passed = (visit.customer.at - self._scenario.warm_up) / self._scenario.length
        return min(int(passed * SLOTS), SLOTS - 1)


def lines(scenario: Scenario) -> list[Line]:
    """Each queue, and all together where there are several."""
    queues = list(dict.fromkeys(demand.queue_id for demand in scenario.demands))
    each = [Line(queue, frozenset((queue,))) for queue in queues]
    return each if len(each) == 1 else [*each, Line("together", frozenset(queues))]


def tried(scenario: Scenario, within: float, seeds: Iterable[str]) -> list[Tally]:
    """What a run from each seed shows about each of the `lines`."""
    tallies = [Tally(line, scenario, within) for line in lines(scenario)]
    for seed in seeds:
        run = Simulation(scenario, seed).run()
        for tally in tallies:
            tally.add(run)
    return tallies


def figures(visits: Sequence[Visit], within: float, occupancy: float | None) -> Figures:
    """The figures of a run, of which these are the visits in question."""
    waits = sorted(visit.waited for visit in visits if visit.is_answered and visit.waited is not None)
    know = [visit for visit in visits if visit.is_answered and visit.knows_somebody]
    return Figures(
        offered=len(visits),
        answered=len(waits),
        given_up=sum(visit.gave_up for visit in visits),
        still_waiting=sum(visit.waited is None for visit in visits),
        helped=sum(visit.is_helped for visit in visits),
        lapsed_offers=sum(visit.lapsed for visit in visits),
        had_to_wait=_share(len(visits) - waits.count(0), len(visits)),
        service_level=_share(
            sum(wait <= within for wait in waits), sum(not each.gave_up_within(within) for each in visits)
        ),
        mean_wait=fmean(waits) if waits else None,
        median_wait=median(waits) if waits else None,
        p95_wait=waits[ceil(0.95 * len(waits)) - 1] if waits else None,
        longest_wait=waits[-1] if waits else None,
        got_whom_they_know=_share(sum(visit.got_whom_they_know for visit in know), len(know)),
        occupancy=occupancy,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _occupancy(run: Run, scenario: Scenario, queues: frozenset[QueueId]) -> float | None:
    """How much of what those who work in these queues could have done was used, for whichever queue."""
    groups = [group for group in scenario.groups if group.queues & queues]
    capacity = sum(group.agents * group.capacity for group in groups)
    busy = sum(run.busy.get(agent_id, 0) for group in groups for agent_id in group.ids())
    return busy / (capacity * scenario.length) if capacity else None
