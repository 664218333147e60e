"""Quiet hours: when the rest of a person ends, by their own clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.quiet import quiet_until

NIGHT = ((time(21), time(9)),)
NOON_AND_NIGHT = ((time(12), time(14)), (time(21), time(9)))
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def at(zone: ZoneInfo, *moment: int) -> datetime:
    return datetime(*moment, tzinfo=zone).astimezone(UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ((2026, 11, 21, 20, 59, 59), None),
        ((2026, 11, 21, 21, 0), (2026, 11, 22, 9, 0)),
        ((2026, 11, 22, 0, 0), (2026, 11, 22, 9, 0)),
        ((2026, 11, 22, 8, 59, 59), (2026, 11, 22, 9, 0)),
        ((2026, 11, 22, 9, 0), None),
        ((2026, 11, 22, 12, 0), (2026, 11, 22, 14, 0)),
        ((2026, 11, 22, 14, 0), None),
    ],
)
def test_spans_hold_from_their_begin_to_before_their_end(now: tuple[int, ...], until: tuple[int, ...] | None) -> None:
    expected = None if until is None else at(SHANGHAI, *until)
    assert quiet_until(NOON_AND_NIGHT, SHANGHAI, at(SHANGHAI, *now)) == expected


def test_the_same_moment_is_quiet_in_one_zone_only() -> None:
    """14:00 UTC is 22:00 in Shanghai and 15:00 in Berlin."""
    now = datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert quiet_until(NIGHT, SHANGHAI, now) == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert quiet_until(NIGHT, BERLIN, now) is None


@pytest.mark.parametrize(
    ("evening", "hours"),
    [((2026, 3, 28, 21), 11), ((2026, 6, 1, 21), 12), ((2026, 10, 24, 21), 13)],
    ids=["clocks go forward", "an ordinary night", "clocks go back"],
)
def test_a_night_ends_at_nine_though_the_clocks_change(evening: tuple[int, ...], hours: int) -> None:
    begin = at(BERLIN, *evening)
    assert quiet_until(NIGHT, BERLIN, begin) == begin + timedelta(hours=hours)


def test_without_spans_it_is_never_quiet() -> None:
    assert quiet_until((), SHANGHAI, datetime(2026, 11, 21, tzinfo=UTC)) is None


@given(
    now=st.timedeltas(timedelta(), timedelta(days=365)).map(datetime(2026, 1, 1, tzinfo=UTC).__add__),
    begin=st.times(),
    end=st.times(),
    zone=st.sampled_from((SHANGHAI, BERLIN, ZoneInfo("America/St_Johns"))),
)
def test_quiet_lies_ahead_and_lasts_a_day_at_most(now: datetime, begin: time, end: time, zone: ZoneInfo) -> None:
    until = quiet_until([(begin, end)], zone, now)
    assert until is None or now < until <= now + timedelta(hours=25)
