"""Working time: spans, nights, holidays, make-up days, changed clocks; and that adding and measuring agree."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.clocks.calendars import Calendar, NeverOpen, Why
from routing.clocks.hours import InvalidHours, read_exceptions, read_spans, write_exceptions, write_spans

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = "09:00-12:00, 13:30-18:00"


def a_calendar(days: str = DAY, weekend: str = "", zone: str = "Asia/Shanghai", **others: str) -> Calendar:
    """Open on weekdays with a lunch break, closed at weekends."""
    return Calendar(
        name="service",
        zone=ZoneInfo(zone),
        week=(*(read_spans(days),) * 5, *(read_spans(weekend),) * 2),
        country=others.get("country", ""),
        exceptions=read_exceptions(others.get("exceptions", "")),
    )


CHINA = a_calendar(country="CN")
NIGHTS = a_calendar("22:00-06:00", "22:00-06:00", "America/New_York")
ALWAYS = a_calendar("00:00-24:00", "00:00-24:00")


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    """A local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def noticed() -> list[tuple[date, bool]]:
    """Each day that the notices name, and whether people work on it."""
    text = (Path(__file__).parent / "fixtures" / "china.csv").read_text().splitlines()
    rows = csv.DictReader(line for line in text if not line.startswith("#"))
    return [(day, row["people"] == "work") for row in rows for day in _each_day(row["day"], row["last"])]


def _each_day(first: str, last: str) -> list[date]:
    begin = date.fromisoformat(first)
    return [begin + timedelta(days=each) for each in range((date.fromisoformat(last) - begin).days + 1)]


@pytest.mark.parametrize(("day", "works"), noticed(), ids=str)
def test_china_rests_and_makes_up_as_the_state_council_says(day: date, works: bool) -> None:
    assert CHINA.is_open(datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI)) is works


def test_every_other_day_of_these_years_is_a_plain_one() -> None:
    named = {day for day, _ in noticed()}
    others = [day for day in _each_day("2025-01-01", "2026-12-31") if day not in named]
    assert {CHINA.hours(day)[1] for day in others} == {Why.WEEKDAY}


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-20 11:50", 30, "2026-11-20 13:50"),  # Friday, over lunch: 10 before it, 20 after
        ("2026-11-20 17:50", 30, "2026-11-23 09:20"),  # over the weekend: 10 on Friday, 20 on Monday
        ("2026-11-20 17:30", 30, "2026-11-20 18:00"),  # ends with the day, not with the next opening
        ("2026-11-21 12:00", 0, "2026-11-23 09:00"),  # no time at all: when work goes on
        ("2026-02-13 17:50", 30, "2026-02-14 09:20"),  # the Saturday makes up for the Spring Festival
        ("2026-02-14 17:50", 30, "2026-02-24 09:20"),  # and then nine days of rest
        ("2026-09-30 17:50", 450, "2026-10-08 17:50"),  # National Day; 10, then 440 of the 450 of 8 October
    ],
)
def test_working_time_is_added(start: str, minutes: int, end: str) -> None:
    assert CHINA.add(at(start), timedelta(minutes=minutes)) == at(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-19 23:30", 1, "2026-11-20 18:00"),
        ("2026-11-20 09:00", 3, "2026-11-25 18:00"),  # Mon, Tue, Wed
        ("2026-02-13 09:00", 2, "2026-02-24 18:00"),  # the make-up Saturday, then after the holiday
    ],
)
def test_working_days_are_counted_from_the_next_one(start: str, days: int, end: str) -> None:
    assert CHINA.end_of_working_day(at(start), days) == at(end)


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    calendar = a_calendar("22:00-06:00", country="CN")
    assert calendar.is_open(at("2026-11-21 05:59"))  # Saturday, still Friday's
    assert not calendar.is_open(at("2026-11-21 06:00"))
    assert not calendar.is_open(at("2026-11-21 22:30"))
    assert not calendar.is_open(at("2026-10-01 22:30"))  # National Day
    assert calendar.is_open(at("2026-10-01 05:00"))  # the night before it


@pytest.mark.parametrize(
    ("evening", "hours"),
    [("2026-03-07", 7), ("2026-10-31", 9), ("2026-11-21", 8)],  # clocks forward, back, unchanged
)
def test_a_night_in_which_clocks_change_is_as_long_as_it_is(evening: str, hours: int) -> None:
    begin = at(f"{evening} 22:00", "America/New_York")
    assert NIGHTS.between(begin, begin + timedelta(hours=12)) == timedelta(hours=hours)
    assert NIGHTS.add(begin, timedelta(hours=hours)) == begin + timedelta(hours=hours)


def test_exceptions_come_before_holidays_and_weekdays() -> None:
    written = "2026-10-01 10:00-12:00\n2026-11-23 closed\n2026-11-22 10:00-11:00"
    calendar = a_calendar(country="CN", exceptions=written)
    assert calendar.is_open(at("2026-10-01 11:00"))
    assert calendar.add(at("2026-11-22 10:30"), timedelta(hours=1)) == at("2026-11-24 09:30")
    assert calendar.hours(date(2026, 11, 23)) == ((), Why.EXCEPTION)


def test_whoever_never_opens_promises_nothing() -> None:
    closed = a_calendar("")
    with pytest.raises(NeverOpen):
        closed.add(at("2026-11-20 09:00"), timedelta(minutes=1))
    with pytest.raises(NeverOpen):
        closed.end_of_working_day(at("2026-11-20 09:00"), 1)


INSTANTS = st.timedeltas(timedelta(), timedelta(days=730)).map(lambda since: datetime(2025, 1, 1, tzinfo=UTC) + since)
DURATIONS = st.timedeltas(timedelta(), timedelta(days=10))
CALENDARS = st.sampled_from(
    [CHINA, NIGHTS, ALWAYS, a_calendar("00:30-01:30, 01:30-04:00, 2:15-3:00", DAY, "Europe/Berlin")]
)


@given(CALENDARS, INSTANTS, DURATIONS)
def test_measuring_gives_back_what_was_added(calendar: Calendar, start: datetime, working: timedelta) -> None:
    assert calendar.between(start, calendar.add(start, working)) == working


@given(CALENDARS, INSTANTS, DURATIONS, DURATIONS)
def test_more_time_ends_later_and_a_later_start_too(
    calendar: Calendar, start: datetime, working: timedelta, more: timedelta
) -> None:
    assert calendar.add(start, working) <= calendar.add(start, working + more)
    assert calendar.add(start, working) <= calendar.add(start + more, working)


@given(CALENDARS, INSTANTS, DURATIONS, DURATIONS)
def test_time_can_be_added_in_two_goes(
    calendar: Calendar, start: datetime, working: timedelta, more: timedelta
) -> None:
    assert calendar.between(start, calendar.add(calendar.add(start, working), more)) == working + more


@given(CALENDARS, INSTANTS)
def test_it_is_open_when_time_passes(calendar: Calendar, start: datetime) -> None:
    instant = timedelta(microseconds=1)
    assert calendar.is_open(start) == (calendar.between(start, start + instant) == instant)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("09:00-12:00，13:30–18:00", "09:00-12:00, 13:30-18:00"),
        ("13:30-18:00 9:00-12:00", "09:00-12:00, 13:30-18:00"),
        ("00:00-24:00", "00:00-24:00"),
        ("休", ""),
        ("  ", ""),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, read: str) -> None:
    assert write_spans(read_spans(text)) == read


@pytest.mark.parametrize("text", ["9-12", "25:00-26:00", "09:00-12:60", "09:00", "mornings"])
def test_what_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(InvalidHours):
        read_spans(text)


def test_exceptions_are_lines() -> None:
    written = "2026-12-24 09:00-12:00\n2026-12-25 closed"
    assert write_exceptions(read_exceptions(f"\n2026-12-25 休\n{written}\n")) == written
    with pytest.raises(InvalidHours):
        read_exceptions("tomorrow closed")
