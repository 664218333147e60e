"""Faults of a bank's machines: until when each is settled, by the table beside this file. Pure."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from conversations.faults import Fault, Site
from routing.clocks.calendars import Calendar


@dataclass(frozen=True)
class Case:
    """What decides the promise."""

    fault: Fault
    site: Site
    urgent: bool


@dataclass(frozen=True)
class Promise:
    """How long it may take, by day and by night, since the report or since the clearing."""

    since: str
    by_day: str
    by_night: str


@dataclass(frozen=True)
class Due:
    """Until when, and the line of the table that says so."""

    at: datetime
    promise: str


def due(case: Case, since: datetime, calendar: Calendar) -> Due:
    """Until when a fault is settled, `since` it was reported or cleared. Raises `NeverOpen`."""
    day = calendar.working_day(since)
    promise = PROMISES[case].by_night if day is None else PROMISES[case].by_day
    return Due(_MEANING[promise](calendar, since, day), promise)


Meaning = Callable[[Calendar, datetime, date | None], datetime]


def _minutes(minutes: int) -> Meaning:
    return lambda calendar, since, day: calendar.add(since, timedelta(minutes=minutes))


def _days(days: int) -> Meaning:
    return lambda calendar, since, day: calendar.end_of_working_day(since, days)


def _same_day(calendar: Calendar, since: datetime, day: date | None) -> datetime:
    return calendar.closing(day or calendar.day_of(since))


def _next_day(calendar: Calendar, since: datetime, day: date | None) -> datetime:
    return calendar.closing(calendar.day_of(calendar.add(since, timedelta())))


_MEANING: Mapping[str, Meaning] = {
    "30 working minutes": _minutes(30),
    "120 working minutes": _minutes(120),
    "1 working day": _days(1),
    "3 working days": _days(3),
    "same day": _same_day,
    "next day of work": _next_day,
    "next opening": _minutes(0),
}


def _read_table() -> dict[Case, Promise]:
    lines = (Path(__file__).parent / "faults.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {_case(row): Promise(row["since"], row["by_day"], row["by_night"]) for row in rows}


def _case(row: Mapping[str, str]) -> Case:
    return Case(Fault(row["fault"]), Site(row["site"]), row["urgent"] == "yes")


PROMISES: Mapping[Case, Promise] = _read_table()
"""Every kind of fault at every kind of place, urgent or not."""
