"""What customers would have been told, held against what they then waited, over simulated days."""

from collections.abc import Iterator
from statistics import fmean

import pytest

from conversations.ids import QueueId
from routing.forecasts.demand import Demand, Exponential, Poisson
from routing.forecasts.moments import moment
from routing.forecasts.scenario import Group, Scenario
from routing.forecasts.simulation import Simulation
from routing.forecasts.visits import Run, Visit
from routing.waits import LATELY, pace
from storage.served import Service

CARDS = QueueId("cards")
HOUR = 3600.0
HANDLE = 180.0


def day(agents: int, load: float, seed: str) -> Run:
    """Six hours in which so much of what the agents could do is asked for."""
    demand = Demand(queue_id=CARDS, arrivals=Poisson(load * agents / HANDLE), handle=Exponential(HANDLE))
    group = Group(name="agents", agents=agents, queues=frozenset((CARDS,)))
    return Simulation(Scenario(demands=(demand,), groups=(group,), length=6 * HOUR), seed).run()


def told_and_waited(run: Run) -> Iterator[tuple[float, float]]:
    """In seconds, of every tenth customer, if they stood in the line and could be told anything."""
    present = {visit.agent_id for visit in run.visits if visit.agent_id}
    for visit in run.visits[::10]:
        now = visit.customer.at
        line = [each for each in run.visits if each.customer.at <= now < served_at(each)]
        if not line or line[-1] is not visit:
            continue
        served = [service(each) for each in run.visits if now - LATELY.total_seconds() < served_at(each) <= now]
        each_place = pace(served, moment(line[0].customer.at), present, moment(now))
        if each_place is not None:
            yield len(line) * each_place.total_seconds(), served_at(visit) - now


def served_at(visit: Visit) -> float:
    assert visit.waited is not None
    return visit.customer.at + visit.waited


def service(visit: Visit) -> Service:
    assert visit.agent_id is not None
    return Service(CARDS, visit.agent_id, moment(visit.customer.at), moment(served_at(visit)))


@pytest.mark.parametrize(("agents", "load"), [(3, 0.9), (10, 0.95), (10, 1.05)])
def test_on_average_people_wait_about_as_long_as_they_are_told(agents: int, load: float) -> None:
    pairs = [pair for seed in "123" for pair in told_and_waited(day(agents, load, seed))]
    told, waited = (fmean(each) for each in zip(*pairs, strict=True))
    assert len(pairs) > 50
    assert 0.8 < told / waited < 1.25
