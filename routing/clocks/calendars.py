"""Calendars: when a business is open, and how working time passes. Pure.

Times of the day belong to the calendar's zone; what is measured is real time, so that a span in which clocks are
changed is shorter or longer by that. A time of the day that the change leaves out is read as an hour later.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo

import holidays

from routing.clocks.hours import Spans, read_exceptions, read_spans
from storage.calendars import CalendarRow

Interval = tuple[datetime, datetime]

HORIZON = timedelta(days=800)
"""Nobody promises anything for later; a calendar that stays closed for so long has no working time."""

_STEP = timedelta(days=14)
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_MONDAY = 0


class Why(StrEnum):
    """Why a day has its hours."""

    EXCEPTION = "exception"
    HOLIDAY = "public holiday"
    MAKE_UP = "make-up working day"
    WEEKDAY = "weekday"


class NeverOpen(Exception):
    """A calendar has less working time within `HORIZON` than was asked for."""


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Working time. `week` has the hours of Monday to Sunday, `country` (ISO 3166) its public holidays, or is empty.

    A public holiday is closed, and a day that makes up for one (调休) has the hours of a Monday. Exceptions come first.
    """

    name: str
    zone: ZoneInfo
    week: tuple[Spans, ...]
    country: str = ""
    exceptions: Mapping[date, Spans] = field(default_factory=dict)

    def hours(self, day: date) -> tuple[Spans, Why]:
        """The hours of a day, and why they are so."""
        if day in self.exceptions:
            return self.exceptions[day], Why.EXCEPTION
        known = _public_days(self.country, day.year)
        if day in known.off:
            return (), Why.HOLIDAY
        if day in known.made_up:
            return self.week[_MONDAY], Why.MAKE_UP
        return self.week[day.weekday()], Why.WEEKDAY

    def day_of(self, at: datetime) -> date:
        """The date in the calendar's zone."""
        return at.astimezone(self.zone).date()

    def is_open(self, at: datetime) -> bool:
        """Whether it is working time."""
        return bool(self.opened(at, at + _INSTANT))

    def opened(self, begin: datetime, end: datetime) -> list[Interval]:
        """The working time between two instants, in order; pieces that touch are one."""
        days = _days(self.day_of(begin) - _DAY, self.day_of(end))
        return _merged(_clipped((each for day in days for each in self._intervals(day)), begin, end))

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """How much working time passes from one instant to a later one."""
        return sum((closes - opens for opens, closes in self.opened(begin, end)), timedelta())

    def add(self, start: datetime, working: timedelta) -> datetime:
        """When so much working time has passed; with none, when work goes on. Raises `NeverOpen`."""
        at, left = start.astimezone(UTC), working
        while at < start + HORIZON:
            for opens, closes in self.opened(at, at + _STEP):
                if left <= closes - opens:
                    return opens + left
                left -= closes - opens
            at += _STEP
        raise NeverOpen(self.name)

    def end_of_working_day(self, start: datetime, days: int) -> datetime:
        """The last closing of the `days`th working day after the day of `start`. Raises `NeverOpen`."""
        first = self.day_of(start) + _DAY
        working = (day for day in _days(first, first + HORIZON) if self.hours(day)[0])
        last = next(islice(working, days - 1, None), None)
        if last is None:
            raise NeverOpen(self.name)
        return self.closing(last)

    def working_day(self, at: datetime) -> date | None:
        """The day in whose course an instant lies, breaks included; none at night and on days of rest."""
        return next((day for day in _days(self.day_of(at) - _DAY, self.day_of(at)) if self._is_in(day, at)), None)

    def closing(self, day: date) -> datetime:
        """When the last span of a working day ends."""
        return max(closes for _, closes in self._intervals(day))

    def _is_in(self, day: date, at: datetime) -> bool:
        opened = list(self._intervals(day))
        return bool(opened) and min(opened)[0] <= at < self.closing(day)

    def _intervals(self, day: date) -> Iterator[Interval]:
        for opens, closes in self.hours(day)[0]:
            yield self._instant(day, opens), self._instant(day + _DAY if closes <= opens else day, closes)

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


@dataclass(frozen=True)
class _PublicDays:
    off: frozenset[date]
    made_up: frozenset[date]


def read_calendar(row: CalendarRow) -> Calendar:
    """The calendar that is stored so. Raises `InvalidHours`."""
    lines = "\n".join(f"{day} {hours}" for day, hours in row.exceptions.items())
    return Calendar(
        name=row.name,
        zone=ZoneInfo(row.time_zone),
        week=tuple(map(read_spans, row.week)),
        country=row.country,
        exceptions=read_exceptions(lines),
    )


def countries() -> Iterable[str]:
    """Whose public holidays are known (ISO 3166)."""
    return holidays.list_supported_countries()


def make_up_days(country: str, year: int) -> frozenset[date]:
    """Days of a weekend on which people work for a holiday; none as long as a government has not said which."""
    return _public_days(country, year).made_up


@cache
def _public_days(country: str, year: int) -> _PublicDays:
    if not country:
        return _PublicDays(frozenset(), frozenset())
    known = holidays.country_holidays(country, years=year)
    return _PublicDays(frozenset(known), frozenset(day for day in known.weekend_workdays if day.year == year))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=each) for each in range((last - first).days + 1))


def _clipped(intervals: Iterable[Interval], begin: datetime, end: datetime) -> list[Interval]:
    return [
        (max(opens, begin), min(closes, end)) for opens, closes in intervals if max(opens, begin) < min(closes, end)
    ]


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for opens, closes in sorted(intervals):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return merged
