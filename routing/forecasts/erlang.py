"""Erlang C: what theory says about customers who come by chance to agents who are alike, and never give up."""

from dataclasses import dataclass
from math import exp

from conversations.conversation import ORDINARY_WEIGHT
from routing.forecasts.demand import ENDLESS, Exponential, Poisson
from routing.forecasts.scenario import House, Scenario


@dataclass(frozen=True)
class ErlangC:
    """Shares from 0 to 1, the wait in seconds. The names are those of `routing.forecasts.figures.Figures`."""

    had_to_wait: float
    service_level: float
    mean_wait: float
    occupancy: float


def theory(scenario: Scenario, within: float) -> ErlangC | None:
    """What theory says about a scenario; None when it is not the simple case, or when the queue only grows."""
    demand = scenario.demands[0]
    by_chance = isinstance(demand.arrivals, Poisson) and isinstance(demand.handle, Exponential)
    alike = len(scenario.demands) == 1 and all(demand.queue_id in group.queues for group in scenario.groups)
    asks_nothing = demand.patience == ENDLESS and not demand.skill and demand.weight == ORDINARY_WEIGHT
    if not (by_chance and alike and asks_nothing) or scenario.house != House():
        return None
    return erlang_c(demand.load, demand.handle.mean, scenario.capacity, within)


def erlang_c(load: float, handle: float, agents: int, within: float) -> ErlangC | None:
    """What theory says about a load in erlangs; None when it is too much, and the queue only grows."""
    if load >= agents:
        return None
    blocked = _erlang_b(load, agents)
    waits = agents * blocked / (agents - load * (1 - blocked))
    spare = agents - load
    return ErlangC(
        had_to_wait=waits,
        service_level=1 - waits * exp(-spare * within / handle),
        mean_wait=waits * handle / spare,
        occupancy=load / agents,
    )


def _erlang_b(load: float, agents: int) -> float:
    """The share of customers who would find everybody busy if nobody could wait."""
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked
