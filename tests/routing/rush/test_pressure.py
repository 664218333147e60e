"""Steps of overflow begin at their limit, end at their release, and never flap."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.ids import QueueId, StepId
from conversations.overflow import Remedy, Step, Trigger
from routing.rush.pressure import HOLD, Pressure, after, is_sound, usual_release, why
from tests.support.builders import NOW

pressures = st.builds(
    Pressure,
    waiting=st.integers(0, 30),
    longest=st.integers(0, 30).map(lambda seconds: timedelta(seconds=seconds)),
    is_staffed=st.booleans(),
    levels=st.fixed_dictionaries({20: st.integers(0, 100)}),
)
passing = st.integers(0, 90).map(lambda seconds: timedelta(seconds=seconds))
histories = st.lists(st.tuples(passing, pressures), min_size=1, max_size=60)
triggers = st.sampled_from(Trigger)


def a_step(trigger: Trigger, limit: int = 10, **changes: Any) -> Step:
    fields: dict[str, Any] = {"limit": limit, "release": usual_release(trigger, limit), "within": 20}
    named = {"id": StepId("s"), "queue_id": QueueId("q"), "trigger": trigger, "remedy": Remedy.ALERT}
    return Step(**named | fields | changes)


def is_calm(step: Step, pressure: Pressure) -> bool:
    """Whether a step that is off stays off, by counting."""
    return {
        Trigger.WAITED: pressure.longest.total_seconds() <= step.limit,
        Trigger.WAITING: pressure.waiting <= step.limit,
        Trigger.LEVEL: pressure.levels[20] >= step.limit,
        Trigger.NOBODY: pressure.is_staffed or pressure.waiting == 0,
    }[step.trigger]


def is_relieved(step: Step, pressure: Pressure) -> bool:
    """Whether the pressure has fallen as far as it has to, by counting."""
    return {
        Trigger.WAITED: pressure.longest.total_seconds() <= step.release,
        Trigger.WAITING: pressure.waiting <= step.release,
        Trigger.LEVEL: pressure.levels[20] >= step.release,
        Trigger.NOBODY: pressure.is_staffed,
    }[step.trigger]


@given(triggers, histories)
def test_a_step_is_on_for_a_minute_at_least_and_until_the_pressure_has_fallen(
    trigger: Trigger, history: Sequence[tuple[timedelta, Pressure]]
) -> None:
    step, now = a_step(trigger), NOW
    for passed, pressure in history:
        now += passed
        then = after(step, pressure, now)
        if step.on_since is None:
            assert (then.on_since is None) is is_calm(step, pressure)
        else:
            assert (then.on_since is None) is (now - step.on_since >= HOLD and is_relieved(step, pressure))
            assert then.on_since in (None, step.on_since)
        step = then


@given(triggers, histories, st.booleans())
def test_between_release_and_limit_nothing_changes(
    trigger: Trigger, history: Sequence[tuple[timedelta, Pressure]], is_on: bool
) -> None:
    step = a_step(trigger, on_since=NOW if is_on else None)
    for _, pressure in history:
        if is_calm(step, pressure) and not is_relieved(step, pressure):
            assert after(step, pressure, NOW + timedelta(hours=1)) == step


@pytest.mark.parametrize(
    ("trigger", "limit", "release"),
    [(Trigger.WAITED, 60, 30), (Trigger.WAITING, 9, 4), (Trigger.LEVEL, 60, 80), (Trigger.NOBODY, 0, 0)],
)
def test_a_step_ends_by_itself_half_the_way_back(trigger: Trigger, limit: int, release: int) -> None:
    assert usual_release(trigger, limit) == release
    assert is_sound(a_step(trigger, limit))


@pytest.mark.parametrize(
    "step",
    [
        a_step(Trigger.WAITING, 10, release=10),
        a_step(Trigger.WAITED, 0, release=0),
        a_step(Trigger.LEVEL, 80, release=70),
        a_step(Trigger.LEVEL, 80, release=101),
        a_step(Trigger.LEVEL, 80, within=0),
    ],
)
def test_a_step_without_room_between_its_limit_and_its_release_makes_no_sense(step: Step) -> None:
    assert not is_sound(step)


@pytest.mark.parametrize(
    ("trigger", "begun", "ended"),
    [
        (Trigger.WAITED, "loans: the longest wait is 75 s, limit 10 s", "loans: the longest wait is 75 s again"),
        (Trigger.WAITING, "loans: 12 waiting, limit 10", "loans: 12 waiting again"),
        (Trigger.LEVEL, "loans: 40 % served within 20 s, limit 10 %", "loans: 40 % served within 20 s again"),
        (Trigger.NOBODY, "loans: 12 waiting and nobody ready", "loans: somebody is ready again"),
    ],
)
def test_the_reason_has_the_figures(trigger: Trigger, begun: str, ended: str) -> None:
    pressure = Pressure(waiting=12, longest=timedelta(seconds=75), levels={20: 40})
    assert why(a_step(trigger, on_since=NOW), pressure, "loans") == begun
    assert why(a_step(trigger), pressure, "loans") == ended
