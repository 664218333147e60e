"""Flags, adherence and attendance equal a list that was reckoned by hand."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from conversations.attendance import LostTime, Record, record
from conversations.ids import LostTimeId, ShiftId, UserId
from conversations.people import AgentState
from conversations.shifts import PlannedBreak, RosterRules, Shift
from conversations.states import Span

FIXTURE = Path(__file__).parent / "fixtures" / "attendance.txt"
ROWS = [
    [cell.strip() for cell in line.split("|")] for line in FIXTURE.read_text().splitlines() if not line.startswith("#")
]
ANN, BOSS, CHIEF = UserId("ann"), UserId("boss"), UserId("chief")
MINUTE = timedelta(minutes=1)


def at(clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, 23, hour, minute, tzinfo=UTC)


def intervals(text: str) -> list[tuple[datetime, datetime]]:
    return [(at(since), at(until)) for since, until in re.findall(r"(\d\d:\d\d)-(\d\d:\d\d)", text)]


def a_shift(hours: str, breaks: str = "") -> Shift:
    ((since, until),) = intervals(hours)
    planned = tuple(PlannedBreak("meal", *each) for each in intervals(breaks))
    return Shift(id=ShiftId(hours), user_id=ANN, since=since, until=until, breaks=planned)


def spans_of(text: str) -> list[Span]:
    steps = [each.split() for each in text.split(", ") if each]
    ends = [*(at(after[0]) for _, after in pairwise(steps)), None]
    return [
        Span(ANN, AgentState(state), " ".join(reason), at(clock), until)
        for (clock, state, *reason), until in zip(steps, ends, strict=False)
    ]


def lost_time(text: str) -> list[LostTime]:
    approver = None if "?" in text else CHIEF
    return [
        LostTime(
            id=LostTimeId(text),
            user_id=ANN,
            since=since,
            until=until,
            reason="network",
            entered_by=BOSS,
            decided_by=approver,
            approved=approver is not None,
        )
        for since, until in intervals(text)
    ]


def reckoned(hours: str, breaks: str, spans: str, lost: str) -> Record:
    now = at(lost.removeprefix("now ")) if lost.startswith("now") else at("23:59")
    return record([a_shift(hours, breaks)], spans_of(spans), lost_time(lost), RosterRules(), now)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_record_is_the_one_that_was_reckoned_by_hand(row: list[str]) -> None:
    _, hours, breaks, spans, lost, flags, share = row
    (presence,) = reckoned(hours, breaks, spans, lost).shifts
    assert ", ".join(f"{each.kind} {each.by // MINUTE}" for each in presence.flags) == flags
    assert f"{presence.worked // MINUTE} / {presence.planned // MINUTE}" == share


def test_shifts_come_to_one_share() -> None:
    """One of two shifts was missed, and of 480 planned minutes 240 were worked."""
    shifts = [a_shift("09:00-13:00"), a_shift("14:00-18:00")]
    spans = spans_of("08:55 ready, 13:05 offline")
    found = record(shifts, spans, [], RosterRules(), at("23:59"))
    assert (found.adherence, found.attendance) == (0.5, 0.5)
    excused = record(shifts, spans, lost_time("14:00-18:00"), RosterRules(), at("23:59"))
    assert (excused.adherence, excused.attendance) == (1.0, 1.0)


def test_what_has_not_begun_is_not_counted() -> None:
    found = record([a_shift("14:00-18:00")], [], [], RosterRules(), at("13:59"))
    assert (found.shifts, found.adherence, found.attendance) == ([], None, None)


def test_the_minutes_are_data() -> None:
    shift, spans = a_shift("09:00-13:00"), spans_of("08:56 ready, 13:00 offline")
    rules = RosterRules(early_minutes=4, late_minutes=0)
    (presence,) = record([shift], spans, [], rules, at("23:59")).shifts
    assert presence.flags == ()
