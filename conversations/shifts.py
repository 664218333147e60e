"""Shifts: who is to work from when until when, and the rules of the roster."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from conversations.ids import ShiftId, UserId
from conversations.states import COOLING

LONGEST = timedelta(hours=16)
"""A shift that lasts longer is a slip of the pen."""


@dataclass(frozen=True)
class PlannedBreak:
    """A break that a shift foresees; `reason` is one of `conversations.states.BREAKS`."""

    reason: str
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A person is to work from `since` until `until`. `note` is why, where a limit of the roster spoke against it."""

    id: ShiftId
    user_id: UserId
    since: datetime
    until: datetime
    breaks: tuple[PlannedBreak, ...] = ()
    note: str = ""

    @property
    def length(self) -> timedelta:
        """How long it lasts without the meals that it foresees."""
        meals = (each.until - each.since for each in self.breaks if each.reason == "meal")
        return self.until - self.since - sum(meals, timedelta())

    def day(self, zone: tzinfo) -> date:
        """The day to which it belongs: the one on which it begins."""
        return self.since.astimezone(zone).date()


@dataclass(frozen=True)
class RosterRules:
    """What a roster keeps to, as people set it: hours and days that somebody works in a week; minutes at the
    beginning and the end of a shift without breaks; minutes that a break or cooling off lasts at most, 0 for as long
    as they like; minutes to be there before a shift and after it; what part of the planned time and of the shifts, in
    percent."""

    week_hours: int = 40
    week_days: int = 5
    first_minutes: int = 30
    last_minutes: int = 30
    rest_minutes: int = 15
    meal_minutes: int = 60
    meal_protected: int = 1
    cool_off_minutes: int = 5
    early_minutes: int = 5
    late_minutes: int = 5
    adherence_percent: int = 92
    attendance_percent: int = 95

    def longest(self, reason: str) -> timedelta | None:
        """How long a break for this reason, or cooling off, lasts at most, or None."""
        minutes = {"rest": self.rest_minutes, "meal": self.meal_minutes, COOLING: self.cool_off_minutes}.get(reason)
        return timedelta(minutes=minutes) if minutes else None


@dataclass(frozen=True)
class Week:
    """What somebody works in the week from `monday` on."""

    user_id: UserId
    monday: date
    time: timedelta
    days: int

    def exceeds(self, rules: RosterRules) -> bool:
        """Whether that is more than the rules foresee."""
        return self.time > timedelta(hours=rules.week_hours) or self.days > rules.week_days


def monday_of(day: date) -> date:
    """The first day of a week."""
    return day - timedelta(days=day.weekday())


def weeks_of(shifts: Iterable[Shift], zone: tzinfo) -> list[Week]:
    """What these shifts come to, by person and week."""
    found: defaultdict[tuple[UserId, date], list[Shift]] = defaultdict(list)
    for shift in shifts:
        found[shift.user_id, monday_of(shift.day(zone))].append(shift)
    return [_week(user_id, monday, own, zone) for (user_id, monday), own in found.items()]


def clash(shift: Shift, others: Iterable[Shift]) -> Shift | None:
    """Another shift of the same person at the same time."""
    for other in others:
        is_theirs = other.user_id == shift.user_id and other.id != shift.id
        if is_theirs and other.since < shift.until and shift.since < other.until:
            return other
    return None


def by_person(shifts: Iterable[Shift]) -> Mapping[UserId, Sequence[Shift]]:
    """Each person's shifts, in the order in which they come here."""
    found: defaultdict[UserId, list[Shift]] = defaultdict(list)
    for shift in shifts:
        found[shift.user_id].append(shift)
    return found


def _week(user_id: UserId, monday: date, shifts: Sequence[Shift], zone: tzinfo) -> Week:
    time = sum((each.length for each in shifts), timedelta())
    return Week(user_id, monday, time, len({each.day(zone) for each in shifts}))
