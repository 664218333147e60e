"""Pressure on a queue, and which steps it turns on and off: a state machine without a clock.

A step begins at once and ends late: not before `HOLD`, and not before the pressure has fallen to its release. So it
never flaps, however the pressure trembles around its limit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from conversations.overflow import Step, Trigger
from conversations.reasons import Reason

HOLD = timedelta(seconds=60)
"""How long a step is on at least."""

LEVEL_OVER = timedelta(minutes=30)
"""Whom a service level counts: those who came since."""

ALL = 100
"""Percent of nobody: where nobody came, nobody waited too long."""


@dataclass(frozen=True, kw_only=True)
class Pressure:
    """How a queue does now. `levels` are percent that got an agent within so many seconds, by these seconds."""

    waiting: int = 0
    longest: timedelta = timedelta()
    is_staffed: bool = True
    levels: Mapping[int, int] = field(default_factory=dict)

    def level(self, within: int) -> int:
        """The service level."""
        return self.levels.get(within, ALL)


@dataclass(frozen=True)
class _Threshold:
    """`figure` is what a step looks at, `begun` and `ended` how that is said; `usual` a release for a limit."""

    figure: Callable[[Step, Pressure], int]
    is_over: Callable[[Step, Pressure], bool]
    has_fallen: Callable[[Step, Pressure], bool]
    usual: Callable[[int], int]
    begun: str
    ended: str


_THRESHOLDS: Mapping[Trigger, _Threshold] = {
    Trigger.WAITED: _Threshold(
        figure=lambda _, now: int(now.longest.total_seconds()),
        is_over=lambda step, now: now.longest.total_seconds() > step.limit,
        has_fallen=lambda step, now: now.longest.total_seconds() <= step.release,
        usual=lambda limit: limit // 2,
        begun="{queue}: the longest wait is {figure} s, limit {limit} s",
        ended="{queue}: the longest wait is {figure} s again",
    ),
    Trigger.WAITING: _Threshold(
        figure=lambda _, now: now.waiting,
        is_over=lambda step, now: now.waiting > step.limit,
        has_fallen=lambda step, now: now.waiting <= step.release,
        usual=lambda limit: limit // 2,
        begun="{queue}: {figure} waiting, limit {limit}",
        ended="{queue}: {figure} waiting again",
    ),
    Trigger.LEVEL: _Threshold(
        figure=lambda step, now: now.level(step.within),
        is_over=lambda step, now: now.level(step.within) < step.limit,
        has_fallen=lambda step, now: now.level(step.within) >= step.release,
        usual=lambda limit: (limit + ALL) // 2,
        begun="{queue}: {figure} % served within {within} s, limit {limit} %",
        ended="{queue}: {figure} % served within {within} s again",
    ),
    Trigger.NOBODY: _Threshold(
        figure=lambda _, now: now.waiting,
        is_over=lambda _, now: now.waiting > 0 and not now.is_staffed,
        has_fallen=lambda _, now: now.is_staffed,
        usual=lambda limit: 0,
        begun="{queue}: {figure} waiting and nobody ready",
        ended="{queue}: somebody is ready again",
    ),
}


def after(step: Step, pressure: Pressure, now: datetime) -> Step:
    """The step as it is then: itself, unless it begins or ends."""
    threshold = _THRESHOLDS[step.trigger]
    if step.on_since is None:
        return replace(step, on_since=now) if threshold.is_over(step, pressure) else step
    is_done = now - step.on_since >= HOLD and threshold.has_fallen(step, pressure)
    return replace(step, on_since=None) if is_done else step


def concerned_since(step: Step, now: datetime) -> datetime:
    """Since when somebody waits whom a step concerns: one about waiting concerns those who waited so long."""
    return now - timedelta(seconds=step.limit) if step.trigger is Trigger.WAITED else now


def why(step: Step, pressure: Pressure, queue: str) -> Reason:
    """The figures behind what a step does, for people to read."""
    threshold = _THRESHOLDS[step.trigger]
    sentence = threshold.ended if step.on_since is None else threshold.begun
    figure = threshold.figure(step, pressure)
    return Reason(sentence, queue=queue, figure=figure, limit=step.limit, within=step.within)


def usual_release(trigger: Trigger, limit: int) -> int:
    """Where a step ends when nobody says otherwise: half of its limit, or half the way back to everybody."""
    return _THRESHOLDS[trigger].usual(limit)


def is_sound(step: Step) -> bool:
    """Whether there is something between the beginning of a step and its end."""
    if step.trigger is Trigger.LEVEL:
        return 0 < step.limit <= step.release <= ALL and step.within > 0
    return step.trigger is Trigger.NOBODY or 0 <= step.release < step.limit
