"""What a simulation says is what happens: the same customers come to a real router on a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conversations.ids import QueueId, StepId
from conversations.overflow import Remedy, Step, Trigger
from routing.forecasts.demand import Demand, Exponential, Poisson
from routing.forecasts.scenario import Group, House
from routing.team import Manner, Strategy
from tests.support.builders import open_database
from tests.support.played import Played
from tests.support.scenarios import CARDS, LOANS, run, scenario

UNTIL = 360.0
"""Seconds that are played."""


def a_step(trigger: Trigger, remedy: Remedy, limit: int, queue: QueueId, **more: object) -> Step:
    fields = {"id": StepId(f"{trigger} {queue}"), "release": limit // 2} | more
    return Step(queue_id=queue, trigger=trigger, remedy=remedy, limit=limit, **fields)  # type: ignore[arg-type]


# In turn: which of two waited longer is another matter when one of them was full in between.
IN_TURN = Manner(strategy=Strategy.ROUND_ROBIN, pause=timedelta(seconds=2))

CENTRE = (
    Demand(queue_id=CARDS, arrivals=Poisson(0.12), handle=Exponential(40), patience=Exponential(90), managed=0.3),
    Demand(queue_id=CARDS, arrivals=Poisson(0.03), handle=Exponential(90), weight=2, skill="mail"),
    Demand(queue_id=LOANS, arrivals=Poisson(0.03), handle=Exponential(60), skill="english", skill_level=2),
    Group(name="careful", agents=2, queues=frozenset((CARDS,)), capacity=2, skills={"mail": 1}, answer=3),
    Group(name="careless", agents=1, queues=frozenset((CARDS,)), capacity=2, lapse=1, back=40),
    Group(name="loans", agents=2, queues=frozenset((LOANS,)), skills={"english": 1}, answer=2),
    Group(name="english", agents=1, queues=frozenset((LOANS,)), skills={"english": 2}, answer=2),
    House(
        manners={
            CARDS: replace(IN_TURN, offer=timedelta(seconds=12), grace=timedelta(seconds=20)),
            LOANS: IN_TURN,
        },
        steps=(
            a_step(Trigger.WAITING, Remedy.WIDEN, 3, CARDS, helpers=frozenset((LOANS,))),
            a_step(Trigger.LEVEL, Remedy.ALERT, 95, CARDS, within=20, release=97),
            a_step(Trigger.WAITED, Remedy.ANYBODY, 30, LOANS),
        ),
    ),
)


@pytest.mark.parametrize("seed", ["1", "2"])
async def test_the_router_does_what_the_simulation_says(sqlite_url: str, seed: str) -> None:
    """Who gets whom and when, to the millisecond; and when steps of overflow begin and end."""
    said = run(*CENTRE, length=UNTIL, seed=seed)
    async with open_database(sqlite_url) as database:
        played = Played(database, scenario(*CENTRE, length=UNTIL))
        await played.open()
        await played.live(said.visits, UNTIL)
        answered, turned = await played.answered(), await played.turned()
    expected = {
        each.conversation_id: (each.agent_id, round(each.customer.at + each.waited, 3))
        for each in said.visits
        if each.is_answered and each.waited is not None and each.customer.at + each.waited < UNTIL
    }
    assert answered == expected
    assert len(answered) > 30
    moments = [(at, spell.step_id) for spell in said.spells for at in (spell.since, spell.until)]
    assert sorted(turned) == sorted((round(at, 3), step_id) for at, step_id in moments if at < UNTIL)
    assert {step_id for _, step_id in turned} == {step.id for step in scenario(*CENTRE).house.steps}
