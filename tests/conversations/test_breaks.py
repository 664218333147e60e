"""When a break is possible, by the shift and by the colleagues."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations.breaks import Hindrance, Room, hindrance
from conversations.ids import ShiftId, UserId
from conversations.shifts import PlannedBreak, RosterRules, Shift

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIVE = NINE + timedelta(hours=8)
MEAL = PlannedBreak("meal", FIVE - 20 * MINUTE, FIVE)
SHIFT = Shift(id=ShiftId("1"), user_id=UserId("ann"), since=NINE, until=FIVE)

FROM_HALF_PAST = Hindrance("Breaks are possible from {time}.", NINE + 30 * MINUTE)
NOT_BEFORE_FIVE = Hindrance("No break is possible before the shift ends at {time}.", FIVE)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (0, FROM_HALF_PAST),
        (10, FROM_HALF_PAST),
        (29, FROM_HALF_PAST),
        (30, None),
        (449, None),
        (450, NOT_BEFORE_FIVE),
        (479, NOT_BEFORE_FIVE),
    ],
)
def test_there_is_no_break_in_the_first_and_last_half_hour(after: int, expected: Hindrance | None) -> None:
    """The last half hour of 480 minutes begins with minute 450."""
    assert hindrance(SHIFT, [], RosterRules(), NINE + after * MINUTE) == expected


def test_the_minutes_are_data() -> None:
    rules = RosterRules(first_minutes=5, last_minutes=0)
    assert hindrance(SHIFT, [], rules, NINE + 5 * MINUTE) is None
    assert hindrance(SHIFT, [], rules, FIVE - MINUTE) is None


def test_without_a_shift_there_are_no_rules_of_shifts() -> None:
    assert hindrance(None, [], RosterRules(), NINE) is None


def test_only_so_many_of_a_queue_are_on_a_break() -> None:
    back_at = NINE + 70 * MINUTE
    full = Hindrance("{queue}: as many as may be are on a break until {time}.", back_at, "Loans")
    now = NINE + 60 * MINUTE
    assert hindrance(SHIFT, [Room("Loans", 1, 2, back_at)], RosterRules(), now) is None
    assert hindrance(SHIFT, [Room("Cards", 0, 1, None), Room("Loans", 2, 2, back_at)], RosterRules(), now) == full
    assert hindrance(None, [Room("Loans", 2, 2, back_at)], RosterRules(), now) == full
    unknown = hindrance(SHIFT, [Room("Loans", 2, 2, None)], RosterRules(), now)
    assert unknown == Hindrance("{queue}: as many as may be are on a break.", queue="Loans")


def test_a_break_that_is_planned_for_now_waits_for_nobody() -> None:
    planned = Shift(id=SHIFT.id, user_id=SHIFT.user_id, since=NINE, until=FIVE, breaks=(MEAL,))
    assert hindrance(planned, [Room("Loans", 2, 2, None)], RosterRules(), FIVE - 10 * MINUTE) is None
    assert hindrance(planned, [], RosterRules(), FIVE - 25 * MINUTE) == NOT_BEFORE_FIVE
