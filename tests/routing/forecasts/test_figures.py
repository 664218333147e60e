"""Figures are what their names say, and intervals are Student's."""

from dataclasses import replace

import pytest

from conversations.ids import ConversationId, QueueId, StepId, UserId
from conversations.overflow import Remedy, Step, Trigger
from routing.forecasts.demand import Constant, Customer, Demand, Recorded
from routing.forecasts.erlang import erlang_c
from routing.forecasts.estimates import Estimate, estimate, student
from routing.forecasts.figures import Tally, figures, lines
from routing.forecasts.scenario import Group, House, Scenario
from routing.forecasts.staffing import smallest
from routing.forecasts.visits import Run, Spell, Visit

CARDS = QueueId("cards")
LOANS = QueueId("loans")


def visit(waited: float | None, *, agent: str | None = "a", at: float = 0, queue: QueueId = CARDS) -> Visit:
    customer = Customer(at, coming(queue), handle=60)
    return Visit(ConversationId("c"), customer, waited, None if agent is None else UserId(agent))


def coming(queue: QueueId) -> Demand:
    return Demand(queue_id=queue, arrivals=Recorded(()), handle=Constant(60))


def floor(*queues: QueueId) -> Scenario:
    groups = (Group(name="g", agents=2, queues=frozenset(queues), capacity=2),)
    return Scenario(demands=tuple(map(coming, queues)), groups=groups, length=120)


def test_the_figures_of_a_run() -> None:
    """Who gave up at once says nothing of the service level, who gave up late does."""
    answered = [visit(0), visit(5), visit(10), visit(30)]
    gave_up = [visit(10, agent=None), visit(11, agent=None)]
    seen = figures([*answered, *gave_up, visit(None, agent=None)], 10, occupancy=0.5)
    assert (seen.offered, seen.answered, seen.given_up, seen.still_waiting) == (7, 4, 2, 1)
    assert seen.service_level == 3 / 6
    assert seen.had_to_wait == 6 / 7
    assert (seen.mean_wait, seen.median_wait, seen.p95_wait, seen.longest_wait) == (45 / 4, 7.5, 30, 30)


def test_helpers_lapses_and_acquaintances_are_counted() -> None:
    helped, lapsed, known = visit(0), visit(9, agent=None), visit(3)
    helped.is_helped, lapsed.lapsed = True, 2
    known.manager_id, lapsed.last_agent_id = UserId("a"), UserId("a")
    missed = visit(1, agent="b")
    missed.last_agent_id = UserId("a")
    seen = figures([helped, lapsed, known, missed], 10, occupancy=0)
    # Of two who know somebody and were answered one got them.
    assert (seen.helped, seen.lapsed_offers, seen.got_whom_they_know) == (1, 2, 0.5)


def test_steps_are_told_with_how_often_they_began_and_how_long_they_were_on() -> None:
    trigger, remedy = Trigger.NOBODY, Remedy.ALERT
    cards, loans = (Step(id=StepId(each), queue_id=each, trigger=trigger, remedy=remedy) for each in (CARDS, LOANS))
    scenario = replace(floor(CARDS, LOANS), house=House(steps=(cards, loans)), warm_up=100)
    tally = Tally(lines(scenario)[0], scenario, within=20)
    for _ in range(5):
        tally.add(Run([], {}, [Spell(cards.id, 90, 130), Spell(cards.id, 200, 400), Spell(loans.id, 100, 200)]))
    (turns,) = tally.turns()
    assert turns.step == cards
    # One of two began within the time from 100 to 220, and they were on for 30 and 20 of its 120 seconds.
    assert (turns.began, turns.on) == (Estimate(1, 1, 1), Estimate(50 / 120, 50 / 120, 50 / 120))


def test_nobody_came() -> None:
    seen = figures([], 20, occupancy=0)
    assert (seen.offered, seen.service_level, seen.had_to_wait, seen.mean_wait, seen.p95_wait) == (0, *[None] * 4)


def test_occupancy_is_the_part_of_the_capacity_that_was_used() -> None:
    tally = Tally(lines(floor(CARDS))[0], floor(CARDS), within=20)
    for _ in range(5):
        tally.add(Run([], {UserId("g 0001"): 120, UserId("g 0002"): 60}))
    # 180 of 2 agents with 2 conversations each for 120 seconds
    assert tally.estimate("occupancy") == Estimate(0.375, 0.375, 0.375)


def test_several_queues_are_also_counted_together() -> None:
    scenario = floor(CARDS, LOANS)
    assert [line.name for line in lines(scenario)] == ["cards", "loans", "together"]
    tallies = [Tally(line, scenario, within=20) for line in lines(scenario)]
    for tally in tallies:
        for _ in range(5):
            tally.add(Run([visit(0), visit(60, queue=LOANS), visit(60, queue=LOANS)], {}))
    levels = [tally.estimate("service_level") for tally in tallies]
    assert [each and each.value for each in levels] == [1, 0, pytest.approx(1 / 3)]


def test_waits_over_time_are_those_of_who_came_then() -> None:
    tally = Tally(lines(floor(CARDS))[0], floor(CARDS), within=20)
    tally.add(Run([visit(4, at=0), visit(6, at=9.9, agent=None), visit(9, at=119.9), visit(None, at=50)], {}))
    # 12 slots of 10 seconds
    assert tally.waits_over_time() == [5, *[None] * 10, 9]


def test_an_interval_is_the_mean_and_student_times_the_error_of_the_mean() -> None:
    found = estimate([1, 2, 3, 4, 5])
    assert found is not None
    # t(4) = 2.776, the error is the square root of 2.5 / 5
    assert found.value == 3
    assert found.high - found.value == pytest.approx(2.776 * 0.5**0.5, abs=0.001)
    assert estimate([1, 2, 3, 4]) is None


def test_an_interval_ends_where_the_figure_can_be_no_more() -> None:
    low, high = estimate([0, 0, 0, 0, 1]), estimate([1, 1, 1, 1, 0], most=1)
    assert low is not None
    assert high is not None
    assert low.low == 0
    assert high.high == 1


@pytest.mark.parametrize(("degrees", "quantile"), [(4, 2.776), (5, 2.571), (9, 2.262), (19, 2.093), (99, 1.984)])
def test_students_quantiles_are_those_of_the_printed_tables(degrees: int, quantile: float) -> None:
    assert student(degrees) == pytest.approx(quantile, abs=0.001)


@pytest.mark.parametrize(
    ("load", "handle", "agents", "within", "expected"),
    [
        (10, 180, 14, 20, (0.174132, 0.888350, 7.836)),
        (10, 180, 15, 15, (0.102042, 0.932730, 3.674)),
        (1000 / 3600 * 240, 240, 74, 20, (0.283490, 0.846136, 9.278)),
        (20 / 1800 * 300, 300, 6, 20, (0.148217, 0.875924, 16.674)),
    ],
)
def test_erlang_c(load: float, handle: float, agents: int, within: float, expected: tuple[float, ...]) -> None:
    """The table in the design of routing."""
    found = erlang_c(load, handle, agents, within)
    assert found is not None
    assert (found.had_to_wait, found.service_level, found.mean_wait) == pytest.approx(expected, abs=0.0005)
    assert found.occupancy == load / agents


def test_erlang_c_has_nothing_to_say_when_the_queue_only_grows() -> None:
    assert erlang_c(10, 180, 10, 20) is None


@pytest.mark.parametrize("needed", [1, 2, 7, 14, 15, 100])
@pytest.mark.parametrize("start", [0, 1, 14, 200])
def test_the_smallest_number_is_found_from_anywhere_and_asked_about_once(needed: int, start: int) -> None:
    asked: list[int] = []

    def is_enough(number: int) -> bool:
        asked.append(number)
        return number >= needed

    assert smallest(is_enough, start) == needed
    assert len(asked) == len(set(asked))
