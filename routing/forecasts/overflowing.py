"""Steps of overflow in a simulation: pressure is measured from those who wait, what follows decides `routing.rush`."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from itertools import takewhile

from conversations.ids import ConversationId, UserId
from conversations.overflow import Remedy, Step, Trigger
from routing.forecasts.moments import moment, seconds
from routing.forecasts.scenario import Scenario
from routing.forecasts.visits import Spell, Visit
from routing.rush.pressure import LEVEL_OVER, Pressure, after, concerned_since
from routing.rush.reach import Members
from storage.overflow import are_on
from storage.pressure import Came, levels

LOOK_EVERY = 10.0
"""Seconds. The router looks every second; but a step is on for a minute at least."""


class Overflow:
    """Which steps are on, and which were."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._steps: Sequence[Step] = scenario.house.steps
        self._staff = scenario.members()
        self._with_levels = {step.queue_id for step in scenario.house.steps if step.trigger is Trigger.LEVEL}
        self._came: dict[ConversationId, Came] = {}
        self._over: list[Spell] = []

    def note(self, visit: Visit, now: float) -> None:
        """Somebody comes, is answered or gives up; only service levels ask."""
        is_recent = visit.waited is None or visit.conversation_id in self._came
        if is_recent and visit.queue_id in self._with_levels:
            first, left = (moment(now) if happened else None for happened in (visit.is_answered, visit.gave_up))
            self._came[visit.conversation_id] = Came(visit.queue_id, moment(visit.customer.at), first, left)

    def may_turn(self, somebody_waits: bool) -> bool:
        """Whether a step can begin or end before anybody comes."""
        return bool(somebody_waits or self._with_levels or any(step.on_since for step in self._steps))

    def look(self, waiting: Sequence[Visit], ready: Set[UserId], now: float) -> Members | None:
        """Begin and end steps by the pressure there is now; who works where from then on, if that may be different."""
        steps = [self._after(step, waiting, ready, now) for step in self._steps]
        self._over += _spells((old for old, new in zip(self._steps, steps, strict=True) if not new.on_since), now)
        before, self._steps = self._steps, steps
        return None if steps == before else self._scenario.members(steps)

    def stuck(self, waiting: Iterable[Visit], now: float) -> list[Visit]:
        """Who waits for a skill although anybody should serve them by now."""
        steps = are_on(self._steps, Remedy.ANYBODY)
        asking = (visit for visit in waiting if visit.customer.demand.skill and not visit.asks_anybody) if steps else ()
        return [visit for visit in asking if any(_concerns(step, visit, now) for step in steps)]

    def spells(self, now: float) -> list[Spell]:
        """When steps were on; those that still are end now."""
        return self._over + _spells(self._steps, now)

    def _after(self, step: Step, waiting: Sequence[Visit], ready: Set[UserId], now: float) -> Step:
        line = [visit for visit in waiting if visit.queue_id == step.queue_id]
        pressure = Pressure(
            waiting=len(line),
            longest=timedelta(seconds=now - line[0].customer.at) if line else timedelta(),
            is_staffed=not ready.isdisjoint(self._staff.get(step.queue_id, ())),
            levels=self._levels(step, moment(now)) if step.trigger is Trigger.LEVEL else {},
        )
        return after(step, pressure, moment(now))

    def _levels(self, step: Step, now: datetime) -> Mapping[int, int]:
        for each in list(takewhile(lambda came: self._came[came].opened_at < now - LEVEL_OVER, self._came)):
            del self._came[each]
        found = levels(self._came.values(), now, step.within)
        return {step.within: found[step.queue_id]} if step.queue_id in found else {}


def _concerns(step: Step, visit: Visit, now: float) -> bool:
    is_long_enough = moment(visit.customer.at) <= concerned_since(step, moment(now))
    return visit.queue_id == step.queue_id and is_long_enough


def _spells(steps: Iterable[Step], until: float) -> list[Spell]:
    return [Spell(step.id, seconds(step.on_since), until) for step in steps if step.on_since is not None]
