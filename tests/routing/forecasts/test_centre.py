"""Simulated centres with offers, overflow, merged queues, weights and customers who know somebody."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import QueueId, StepId, UserId
from conversations.overflow import Remedy, Step, Trigger
from routing.forecasts.demand import ENDLESS, Constant, Demand, Duration, Exponential, OneOf, Recorded
from routing.forecasts.overflowing import LOOK_EVERY
from routing.forecasts.scenario import House
from routing.forecasts.visits import Run, Visit
from routing.rush.pressure import HOLD
from routing.team import Manner
from tests.support.scenarios import CARDS, LOANS, group, run, waits

BOTH = (CARDS, LOANS)
LONG = Constant(100)


def came(*moments: float, queue: QueueId = CARDS, handle: Duration = LONG, **more: object) -> Demand:
    return Demand(queue_id=queue, arrivals=Recorded(moments), handle=handle, **more)  # type: ignore[arg-type]


def step(trigger: Trigger, remedy: Remedy, limit: int, *helpers: QueueId, queue: QueueId = CARDS) -> Step:
    made = Step(id=StepId("s"), queue_id=queue, trigger=trigger, remedy=remedy, limit=limit, release=limit // 2)
    return replace(made, helpers=frozenset(helpers))


def takers(found: Run) -> list[UserId | None]:
    return [visit.agent_id for visit in found.visits]


def offers(seconds: float = 15) -> House:
    return House(manners={CARDS: Manner(offer=timedelta(seconds=seconds))})


def test_customers_wait_until_their_offer_is_accepted() -> None:
    found = run(came(0, 200), group(1, answer=4), offers())
    assert waits(found) == [4, 4]
    assert found.busy == {"agents 0001": 200}


def test_an_offer_that_lapses_goes_to_the_next_and_who_missed_it_takes_a_break() -> None:
    careless, other = group(1, name="a", lapse=1, back=300), group(1, name="b", answer=2)
    found = run(came(0, 310), careless, other, offers())
    # The second comes before the break is over.
    told = [(visit.agent_id, visit.waited, visit.lapsed) for visit in found.visits]
    assert told == [("b 0001", 15 + 2, 1), ("b 0001", 2, 0)]


def test_nobody_takes_what_is_offered_to_someone_who_takes_longer_than_the_offer_stands() -> None:
    found = run(came(0), group(1, answer=20), offers(15), length=600)
    assert [(visit.waited, visit.is_answered) for visit in found.visits] == [(None, False)]
    # Offered at once, and a minute after it lapsed each time: at 0, 75, 150, …
    assert found.visits[0].lapsed == 16


def test_who_gives_up_while_the_offer_stands_leaves_the_agent_free() -> None:
    found = run(came(0, 6), group(1, answer=5), offers())
    assert waits(found) == [5, 99 + 5]
    left = run(came(0, 6, patience=OneOf((3,))), group(1, answer=5), offers())
    assert [(visit.gave_up, visit.waited) for visit in left.visits] == [(True, 3), (True, 3)]


def test_a_pause_after_each_conversation() -> None:
    house = House(manners={CARDS: Manner(pause=timedelta(seconds=30))})
    assert waits(run(came(0, 1), group(1, capacity=2), house)) == [0, 29]


def test_light_conversations_go_beside_one_another_and_heavy_ones_take_more_room() -> None:
    light = run(came(0, 1, 2, weight=ORDINARY_WEIGHT // 2), group(1))
    assert waits(light) == [0, 0, 98]
    # Half an agent each.
    assert light.busy == {"agents 0001": 150}
    heavy = run(came(0, weight=2 * ORDINARY_WEIGHT), came(1, queue=LOANS), group(1, *BOTH, capacity=2))
    assert waits(heavy) == [0, 99]


def test_customers_wait_for_whom_they_know_as_long_as_the_queue_says() -> None:
    known = came(*range(0, 400, 40), handle=Constant(50), managed=1)
    at_once = run(known, group(4))
    waiting = run(known, group(4), House(manners={CARDS: Manner(grace=timedelta(seconds=45))}))
    assert waits(at_once) == [0] * 10
    assert all(visit.got_whom_they_know for visit in waiting.visits)
    assert max(filter(None, waits(waiting))) <= 45


def test_the_share_of_customers_who_know_somebody_is_the_one_that_was_asked_for() -> None:
    found = run(came(*range(1000), handle=Constant(1), managed=0.3, returning=0.2), group(9), length=1000)
    shares = Counter((visit.manager_id is not None, visit.last_agent_id is not None) for visit in found.visits)
    # 3 standard deviations of a thousand are at most 0.045.
    assert (shares[True, True] + shares[True, False]) / 1000 == pytest.approx(0.3, abs=0.045)
    assert (shares[True, True] + shares[False, True]) / 1000 == pytest.approx(0.2, abs=0.045)
    assert {visit.manager_id for visit in found.visits} - {None} == set(group(9).ids())


def test_customers_who_know_somebody_come_when_the_others_would() -> None:
    alike = [run(came(0, 9, managed=share, handle=Exponential(50)), group(2)).visits[0].customer for share in (0, 1)]
    assert alike[0].handle == alike[1].handle
    assert alike[0].manager is None


def test_merged_queues_share_their_agents() -> None:
    parts = (came(0, 1), group(1), group(1, LOANS, name="loans"), came(500, queue=LOANS))
    assert waits(run(*parts)) == [0, 99, 0]
    together = run(*parts, House(merged=(frozenset(BOTH),)))
    assert waits(together) == [0, 0, 0]
    assert [visit.is_helped for visit in together.visits][:2] == [False, True]


def test_others_help_once_too_many_wait_and_no_longer_when_the_pressure_is_over() -> None:
    house = House(steps=(step(Trigger.WAITING, Remedy.WIDEN, 1, LOANS),))
    parts = (came(0, 1, 2, 500, 501), group(1), group(1, LOANS, name="loans"), came(900, queue=LOANS))
    found = run(*parts, house)
    # Two wait from 2 on; the router looks from 10 on.
    assert takers(found)[:3] == ["agents 0001", "loans 0001", "agents 0001"]
    assert waits(found)[:3] == [0, LOOK_EVERY - 1, 98]
    # At 500 the step is over: one alone waits for the own agent.
    assert takers(found)[3:5] == ["agents 0001", "agents 0001"]
    (spell,) = found.spells
    assert (spell.since, spell.until - spell.since >= HOLD.total_seconds()) == (LOOK_EVERY, True)


def test_who_waits_too_long_for_a_skill_gets_whoever_is_there() -> None:
    house = House(steps=(step(Trigger.WAITED, Remedy.ANYBODY, 60),))
    asked = came(0, skill="english", skill_level=1)
    assert waits(run(asked, group(1))) == [None]
    (waited,) = waits(run(asked, group(1), house))
    assert waited is not None
    assert 60 < waited <= 60 + LOOK_EVERY


def test_nobody_ready_and_a_low_service_level_turn_steps_on() -> None:
    nobody = House(steps=(step(Trigger.NOBODY, Remedy.WIDEN, 0, LOANS),))
    helped = run(came(0), group(1, LOANS), nobody)
    assert waits(helped) == [LOOK_EVERY]
    level = replace(step(Trigger.LEVEL, Remedy.WIDEN, 80, LOANS), release=90, within=20)
    parts = (came(0, 1, handle=Constant(300)), group(1), group(1, LOANS, name="loans"))
    # Until 21 the second may still be answered in time; then 50 % were.
    assert waits(run(*parts, House(steps=(level,)))) == [0, 29]


STEPS = st.builds(
    step,
    st.sampled_from((Trigger.WAITED, Trigger.WAITING, Trigger.NOBODY)),
    st.sampled_from((Remedy.WIDEN, Remedy.ANYBODY, Remedy.ALERT)),
    st.sampled_from((2, 30)),
    st.sampled_from(BOTH),
    queue=st.sampled_from(BOTH),
)
MANNERS = st.builds(
    Manner,
    pause=st.sampled_from((timedelta(), timedelta(seconds=7))),
    grace=st.sampled_from((timedelta(), timedelta(seconds=40))),
    offer=st.sampled_from((timedelta(), timedelta(seconds=15))),
)


@given(
    cards=st.lists(st.floats(0, 500), max_size=40),
    loans=st.lists(st.floats(0, 500), max_size=40),
    handle=st.sampled_from((Constant(30), Exponential(60), OneOf((1, 100)))),
    patience=st.sampled_from((ENDLESS, Exponential(40), Constant(0))),
    weights=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    knows=st.sampled_from((0, 0.5)),
    skill=st.sampled_from(("", "english")),
    capacities=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    lapse=st.sampled_from((0, 0.3)),
    manners=st.fixed_dictionaries({}, optional=dict.fromkeys(BOTH, MANNERS)),
    merged=st.sampled_from(((), (frozenset(BOTH),))),
    steps=st.lists(STEPS, max_size=3),
    length=st.sampled_from((100, 600)),
)
@settings(max_examples=100, deadline=None)
def test_nobody_is_lost_and_nobody_has_too_many(
    cards: list[float],
    loans: list[float],
    handle: Duration,
    patience: Duration,
    weights: tuple[int, int],
    knows: float,
    skill: str,
    capacities: list[int],
    lapse: float,
    manners: dict[QueueId, Manner],
    merged: tuple[frozenset[QueueId], ...],
    steps: list[Step],
    length: float,
) -> None:
    both = came(handle=handle, patience=patience, managed=knows, returning=knows)
    cards_come, loans_come = (Recorded(tuple(sorted(each))) for each in (cards, loans))
    demands = (
        replace(both, arrivals=cards_come, weight=weights[0]),
        replace(both, arrivals=loans_come, weight=weights[1], queue_id=LOANS, skill=skill, skill_level=bool(skill)),
    )
    groups = [
        group(1, BOTH[place % 2], name=f"{place}", capacity=each, lapse=lapse, answer=3, skills={"english": place})
        for place, each in enumerate(capacities)
    ]
    named = tuple(replace(each, id=StepId(f"{place}")) for place, each in enumerate(steps))
    found = run(*demands, *groups, House(manners=manners, merged=merged, steps=named), length=length)
    ends = Counter((visit.is_answered, visit.gave_up, visit.waited is None) for visit in found.visits)
    offered = sum(at < length for at in cards + loans)
    assert ends[True, False, False] + ends[False, True, False] + ends[False, False, True] == offered
    for each in groups:
        served = [visit for visit in found.visits if visit.agent_id in each.ids()]
        assert most_at_once(served) <= each.capacity * ORDINARY_WEIGHT


def most_at_once(visits: list[Visit]) -> int:
    """In quarters of an ordinary conversation; one that is too heavy for any room is alone, and counts as nothing."""
    changes = sorted(change for visit in visits for change in _changes(visit))
    loads, numbers, most = 0, 0, 0
    for _, weight in changes:
        loads, numbers = loads + weight, numbers + (1 if weight > 0 else -1)
        most = max(most, loads if numbers > 1 else 0)
    return most


def _changes(visit: Visit) -> Iterator[tuple[float, int]]:
    # Whoever leaves in a moment leaves before the next one comes; a microsecond is more than floats are wrong by.
    assert visit.waited is not None
    began = visit.customer.at + visit.waited
    yield began, visit.customer.demand.weight
    yield began + visit.customer.handle - 2e-6, -visit.customer.demand.weight
