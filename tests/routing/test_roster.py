"""The roster as people write it: rows become shifts, all of them or none, and every slip is named."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations.ids import UserId
from conversations.shifts import PlannedBreak, RosterRules, Shift, weeks_of
from routing.roster import (
    OverLimits,
    RosterWrong,
    Row,
    breaks_of,
    check,
    hours_of,
    read_csv,
    read_rows,
    repeated,
    write_csv,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
ANN, BO = UserId("1"), UserId("2")
PEOPLE = {"ann": ANN, "bo": BO}
NAMES = {ANN: "Ann", BO: "Bo"}


def shifts_of(*rows: Row) -> list[Shift]:
    return read_rows(rows, PEOPLE, SHANGHAI)


def test_a_row_is_a_shift_in_the_time_of_the_installation() -> None:
    (shift,) = shifts_of(Row("ann", "2026-11-23", "09:00-18:00", "12:00-13:00 meal, 15:00-15:15 小休"))
    assert (shift.user_id, shift.since, shift.until) == (
        ANN,
        datetime(2026, 11, 23, 1, tzinfo=UTC),
        datetime(2026, 11, 23, 10, tzinfo=UTC),
    )
    assert [each.reason for each in shift.breaks] == ["meal", "rest"]
    assert shift.length == timedelta(hours=8), "a meal is not counted"


def test_a_night_runs_into_the_next_day_and_so_do_its_breaks() -> None:
    (night,) = shifts_of(Row("ann", "2026-11-23", "22:00-06:00", "02:00-02:30 meal"))
    assert night.until - night.since == timedelta(hours=8)
    meal = datetime(2026, 11, 23, 18, tzinfo=UTC)
    assert night.breaks == (PlannedBreak("meal", meal, meal + timedelta(minutes=30)),)
    assert night.day(SHANGHAI) == date(2026, 11, 23)


def test_where_clocks_are_set_back_a_night_lasts_an_hour_longer() -> None:
    (night,) = read_rows([Row("ann", "2026-10-24", "22:00-06:00")], PEOPLE, BERLIN)
    assert night.until - night.since == timedelta(hours=9)


def test_what_is_written_can_be_read_again() -> None:
    rows = [
        Row("ann", "2026-11-23", "09:00-18:00", "12:00-13:00 meal, 15:00-15:15 rest"),
        Row("bo", "2026-11-23", "22:00-06:00"),
    ]
    text = write_csv(shifts_of(*rows), {ANN: "ann", BO: "bo"}, SHANGHAI)
    assert read_csv(text.encode("utf-8-sig")) == rows
    (first, _) = shifts_of(*rows)
    assert (hours_of(first, SHANGHAI), breaks_of(first, SHANGHAI)) == (rows[0].hours, rows[0].breaks)


def test_a_file_of_chinese_excel_is_read() -> None:
    content = "login,date,hours,breaks\r\nann,2026/11/23,09:00-18:00,12:00-13:00 用餐\r\n,,,\r\n".encode("gb18030")
    (shift,) = shifts_of(*read_csv(content))
    assert shift.breaks[0].reason == "meal"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (Row("eve", "2026-11-23", "09:00-18:00"), "Nobody has the login “eve”."),
        (Row("ann", "23.11.", "09:00-18:00"), "“23.11.” is no day; write it like 2026-01-31."),
        (Row("ann", "2026-11-23", "9 to 5"), "“9 to 5” are no hours; write them like 09:00-18:00, or 22:00-06:00."),
        (
            Row("ann", "2026-11-23", "09:00-12:00, 13:00-18:00"),
            "“09:00-12:00, 13:00-18:00” are no hours; write them like 09:00-18:00, or 22:00-06:00.",
        ),
        (Row("ann", "2026-11-23", "06:00-06:00"), "“06:00-06:00” is longer than 16 hours."),
        (
            Row("ann", "2026-11-23", "09:00-18:00", "12:00-13:00 nap"),
            "“nap” is no break; there are rest, meal, training, meeting, coaching, other-work.",
        ),
        (
            Row("ann", "2026-11-23", "09:00-18:00", "17:45-18:15 rest"),
            "The breaks “17:45-18:15 rest” are not all within “09:00-18:00”.",
        ),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_planned(row: Row, sentence: str) -> None:
    with pytest.raises(RosterWrong) as wrong:
        shifts_of(Row("bo", "2026-11-23", "09:00-18:00"), row)
    assert [(each.rule, str(each)) for each in wrong.value.problems] == [(1, sentence)]


def test_a_file_without_its_columns_is_refused() -> None:
    with pytest.raises(RosterWrong, match="missing: date, hours"):
        read_csv(b"login,day\nann,2026-11-23\n")


def test_hours_are_repeated_over_people_and_days() -> None:
    """From a Friday to the next Tuesday there are three days from Monday to Friday."""
    found = repeated(PEOPLE, date(2026, 11, 20), date(2026, 11, 24), range(5), Row("", "", "09:00-18:00"))
    days = ["2026-11-20", "2026-11-23", "2026-11-24"]
    assert [(each.login, each.day) for each in found] == [(login, day) for login in PEOPLE for day in days]


def test_nobody_has_two_shifts_at_a_time() -> None:
    night, early = shifts_of(Row("ann", "2026-11-23", "22:00-06:00"), Row("ann", "2026-11-24", "05:00-09:00"))
    with pytest.raises(RosterWrong, match="Another shift is at this time: 2026-11-23 22:00-06:00"):
        check([early], [night], NAMES, RosterRules(), SHANGHAI)
    with pytest.raises(RosterWrong):
        check([night, early], [], NAMES, RosterRules(), SHANGHAI)
    check([night, replace(early, user_id=BO)], [], NAMES, RosterRules(), SHANGHAI)
    check([night], [night], NAMES, RosterRules(), SHANGHAI)


def a_week(days: int, hours: str = "09:00-18:00") -> list[Shift]:
    """The first days of a week, from the 23rd of November, a Monday, on; eight hours each without the meal."""
    return shifts_of(*(Row("ann", f"2026-11-{23 + each}", hours, "12:00-13:00 meal") for each in range(days)))


def test_more_than_five_days_or_forty_hours_need_a_reason() -> None:
    check(a_week(5), [], NAMES, RosterRules(), SHANGHAI)
    with pytest.raises(OverLimits, match="Ann would work 48 h on 6 days in the week from 2026-11-23 on"):
        check(a_week(6), [], NAMES, RosterRules(), SHANGHAI)
    with pytest.raises(OverLimits, match="Ann would work 45 h on 5 days"):
        check(a_week(5, "09:00-19:00"), [], NAMES, RosterRules(), SHANGHAI)
    check(a_week(6), [], NAMES, RosterRules(week_hours=48, week_days=6), SHANGHAI)


def test_only_the_weeks_that_are_planned_are_looked_at() -> None:
    """Somebody said why for that week already."""
    (next_monday,) = shifts_of(Row("ann", "2026-11-30", "09:00-18:00"))
    check([next_monday], a_week(6), NAMES, RosterRules(), SHANGHAI)


def test_a_night_belongs_to_the_week_in_which_it_begins() -> None:
    (sunday,) = shifts_of(Row("ann", "2026-11-29", "22:00-06:00"))
    (week,) = weeks_of([sunday], SHANGHAI)
    assert (week.monday, week.days) == (date(2026, 11, 23), 1)
