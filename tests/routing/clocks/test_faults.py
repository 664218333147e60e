"""The bank's table of machine faults."""

import csv
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from conversations.faults import Fault, Site
from routing.clocks.calendars import Calendar
from routing.clocks.faults import PROMISES, Case, due
from routing.clocks.hours import read_spans

SHANGHAI = ZoneInfo("Asia/Shanghai")
BRANCH = Calendar(name="网点", zone=SHANGHAI, week=(*(read_spans("09:00-18:00"),) * 5, (), ()), country="CN")


def at(text: str) -> datetime:
    """A time in China."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def table() -> list[tuple[Case, str, str]]:
    """Each case, when it began, until when it is settled."""
    lines = (Path(__file__).parent / "fixtures" / "faults.csv").read_text().splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [
        (Case(Fault(row["fault"]), Site(row["site"]), row["urgent"] == "yes"), since, until)
        for row in rows
        for since, until in row.items()
        if since.startswith("20")
    ]


@pytest.mark.parametrize(("case", "since", "until"), table(), ids=str)
def test_a_fault_is_settled_in_time(case: Case, since: str, until: str) -> None:
    assert due(case, at(since), BRANCH).at == at(until)


def test_every_case_has_a_promise() -> None:
    assert set(PROMISES) == set(map(Case, *zip(*product(Fault, Site, (False, True)), strict=True)))


def test_only_a_difference_of_cash_waits_for_its_clearing() -> None:
    assert {case.fault for case, promise in PROMISES.items() if promise.since == "clearing"} == {Fault.CASH_DIFFERENCE}


def test_a_break_at_noon_is_not_night() -> None:
    spans = read_spans("09:00-12:00, 13:30-18:00")
    branch = Calendar(name="网点", zone=SHANGHAI, week=(spans,) * 7)
    found = due(Case(Fault.OUT_OF_SERVICE, Site.BRANCH, urgent=False), at("2026-11-18 12:30"), branch)
    assert (found.at, found.promise) == (at("2026-11-18 14:00"), "30 working minutes")


def test_the_night_shift_works_by_day() -> None:
    nights = Calendar(name="夜间", zone=SHANGHAI, week=(read_spans("22:00-06:00"),) * 7)
    found = due(Case(Fault.SWALLOWED_CARD, Site.BRANCH, urgent=True), at("2026-11-18 02:00"), nights)
    assert found.at == at("2026-11-18 02:00") + timedelta(hours=4)
