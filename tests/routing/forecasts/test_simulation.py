"""The simulation keeps its books, never overloads anybody, and agrees with what theory says about simple cases."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from itertools import islice
from math import inf

import pytest

from conversations.ids import QueueId
from routing.forecasts.demand import (
    Constant,
    Customer,
    Demand,
    Duration,
    Exponential,
    OneOf,
    Poisson,
    Recorded,
)
from routing.forecasts.erlang import erlang_c
from routing.forecasts.estimates import Estimate
from routing.forecasts.figures import Tally, lines
from routing.forecasts.scenario import Group, Scenario
from routing.forecasts.simulation import Simulation
from tests.support.scenarios import CARDS, HOUR, LOANS, group, run, scenario, waits


def demand(arrivals: float | list[float], handle: Duration, queue: QueueId = CARDS, **more: object) -> Demand:
    came = Poisson(arrivals) if isinstance(arrivals, float) else Recorded(tuple(arrivals))
    return Demand(queue_id=queue, arrivals=came, handle=handle, **more)  # type: ignore[arg-type]


def estimates(tried: Scenario, within: float, runs: int) -> Mapping[str, Estimate | None]:
    tally = Tally(lines(tried)[0], tried, within)
    for number in range(runs):
        tally.add(Simulation(tried, f"1 {number}").run())
    return tally.estimates()


@dataclass(frozen=True)
class Row:
    """A row of the table in the design of routing; the length of runs is what a test has time for."""

    contacts: int
    period: int
    handle: int
    agents: int
    within: int
    had_to_wait: float
    service_level: float
    mean_wait: float
    occupancy: float
    hours: float


ROWS = (
    Row(100, 1800, 180, 14, 20, 0.174132, 0.888350, 7.836, 0.7143, hours=4),
    Row(200, 3600, 180, 15, 15, 0.102042, 0.932730, 3.674, 0.6667, hours=4),
    Row(1000, 3600, 240, 74, 20, 0.283490, 0.846136, 9.278, 0.9009, hours=3),
    Row(20, 1800, 300, 6, 20, 0.148217, 0.875924, 16.674, 0.5556, hours=12),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.contacts} in {row.period} s")
def test_one_conversation_at_a_time_without_skills_is_what_erlang_c_says(row: Row) -> None:
    came = demand(row.contacts / row.period, Exponential(row.handle))
    tried = scenario(came, group(row.agents), length=row.hours * HOUR, warm_up=row.hours * HOUR / 2)
    found = estimates(tried, row.within, runs=12)
    for name in ("had_to_wait", "service_level", "mean_wait", "occupancy"):
        estimate, expected = found[name], getattr(row, name)
        assert estimate is not None
        assert estimate.low <= expected <= estimate.high, name
    level = found["service_level"]
    assert level is not None
    assert level.high - level.low < 0.15, "a wider interval would prove little"


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """19 of 20 should; of 30 that do so, 25 or more hold it in 99 of 100 cases."""
    theory = erlang_c(load=2, handle=120, agents=4, within=20)
    assert theory is not None
    tried = scenario(demand(1 / 60, Exponential(120)), group(4), length=3 * HOUR, warm_up=HOUR / 2)
    held = 0
    for number in range(30):
        tally = Tally(lines(tried)[0], tried, within=20)
        for again in range(5):
            tally.add(Simulation(tried, f"{number} {again}").run())
        level = tally.estimate("service_level")
        held += level is not None and level.low <= theory.service_level <= level.high
    assert held >= 25


def test_agents_with_several_conversations_are_as_many_agents_with_one_each() -> None:
    came = demand(1 / 60, Exponential(300))
    two_each = run(came, group(4, capacity=2), length=8 * HOUR)
    assert waits(two_each) == waits(run(came, group(8), length=8 * HOUR))
    # Twice as many agents share the same work.
    assert sum(two_each.busy.values()) == pytest.approx(sum(run(came, group(8), length=8 * HOUR).busy.values()))


def test_who_comes_first_is_served_first() -> None:
    found = run(demand([0, 1, 2, 30], Constant(10)), group(1))
    # Served from 0, 10, 20 and 30 on.
    assert waits(found) == [0, 9, 18, 0]
    assert found.busy == {"agents 0001": 40}


def test_who_has_no_more_patience_goes_and_takes_nobodys_time() -> None:
    found = run(demand([0, 1, 2], Constant(100), patience=OneOf((5,))), group(1))
    assert [(visit.is_answered, visit.gave_up, visit.waited) for visit in found.visits] == [
        (True, False, 0),
        (False, True, 5),
        (False, True, 5),
    ]
    assert found.busy == {"agents 0001": 100}


def test_patience_is_over_in_the_moment_it_says() -> None:
    """The agent becomes free in that moment too, and whoever was first to come has been foreseen first."""
    found = run(demand([0, 1], Constant(6), patience=Constant(5)), group(1))
    assert waits(found) == [0, 5]


def test_a_higher_priority_is_served_first() -> None:
    parts = (demand([0, 1], Constant(10)), demand([2], Constant(10), LOANS, priority=1))
    found = run(*parts, group(1, CARDS, LOANS))
    waited = {(visit.queue_id, visit.customer.at): visit.waited for visit in found.visits}
    assert waited == {(CARDS, 0): 0, (LOANS, 2): 8, (CARDS, 1): 19}


def test_a_skill_is_served_by_those_who_have_it_at_the_level() -> None:
    loans = demand([0, 1], Constant(10), skill="english", skill_level=2)
    others = demand([0, 1], Constant(10))
    able = Group(name="able", agents=1, queues=frozenset((CARDS,)), skills={"english": 2})
    beginners = Group(name="beginners", agents=4, queues=frozenset((CARDS,)), skills={"english": 1})
    found = run(loans, others, able, beginners)
    asked = [visit for visit in found.visits if visit.customer.demand.skill]
    assert {visit.agent_id for visit in asked} == {"able 0001"}
    assert len(found.visits) == 4


def test_groups_serve_their_own_queues_only() -> None:
    loans = demand([0, 1], Constant(10), LOANS)
    found = run(demand([0], Constant(10)), loans, group(5), group(1, LOANS, name="loans"))
    assert Counter(visit.agent_id for visit in found.visits) == {"agents 0001": 1, "loans 0001": 2}


def test_only_the_time_that_counts_is_counted() -> None:
    found = run(demand([0, 60, 119, 121], Constant(30)), group(9), warm_up=60, length=60)
    assert [visit.customer.at for visit in found.visits] == [60, 119]
    # 30 seconds of the one who came at 60, and 1 second of the one at 119.
    assert sum(found.busy.values()) == 31


def test_whoever_came_in_time_is_served_after_hours_by_as_much_time_again() -> None:
    found = run(demand([0, 1, 2], Constant(50)), group(1), length=60)
    assert waits(found) == [0, 49, 98]
    assert waits(run(demand([0, 1, 2], Constant(70)), group(1), length=60)) == [0, 69, None]


def test_a_queue_without_agents_keeps_everybody_waiting() -> None:
    assert waits(run(demand([0, 1], Constant(10)), group(3, LOANS))) == [None, None]


def test_the_same_seed_tells_the_same_story_and_another_one_another() -> None:
    parts = (demand(0.02, Exponential(180), patience=Exponential(60)), group(3))
    assert list(map(astuple, run(*parts).visits)) == list(map(astuple, run(*parts).visits))
    assert waits(run(*parts)) != waits(run(*parts, seed="2"))


def test_more_agents_meet_the_same_customers() -> None:
    came = demand(0.02, Exponential(180))
    few, many = (run(came, group(agents)).visits for agents in (3, 30))
    assert [visit.customer for visit in few] == [visit.customer for visit in many]


def test_customers_come_as_often_as_the_rate_says() -> None:
    often = demand(0.5, Constant(1))
    hour = [each for each in islice(often.customers("1"), 3000) if each.at < HOUR]
    # 1,800 are expected, with a standard deviation of 42.
    assert 1800 - 4 * 42 < len(hour) < 1800 + 4 * 42
    assert hour[0] == Customer(hour[0].at, often, 1, inf)
