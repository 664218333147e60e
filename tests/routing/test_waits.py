"""A wait is guessed from how the line moved lately, and nothing is made up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.ids import QueueId, UserId
from routing.waits import LATELY, covered, minutes, pace
from storage.served import Service
from tests.support.builders import NOW

MINUTE = timedelta(minutes=1)
ANN, BEN, CAT = (UserId(each) for each in ("ann", "ben", "cat"))


def served(*spans: tuple[float, float], by: Sequence[UserId] = (ANN,)) -> list[Service]:
    """Customers who stood in the line from and until so many minutes ago, served by these in turn."""
    return [
        Service(QueueId("loans"), by[number % len(by)], ago(since), ago(until))
        for number, (since, until) in enumerate(spans)
    ]


def ago(minutes: float) -> datetime:
    return NOW - minutes * MINUTE


def test_a_place_lasts_as_long_as_the_line_was_not_empty_by_those_served() -> None:
    """From 20 to 14 and from 8 to 2 minutes ago: 12 minutes for 4 customers. The pause counts for nothing."""
    line = served((20, 18), (19, 14), (8, 5), (6, 2))
    assert pace(line, None, {ANN}, NOW) == 3 * MINUTE


def test_a_line_that_stands_gets_slower() -> None:
    """Nobody was served in the last ten minutes, and somebody waits for nine of them."""
    line = served((20, 18), (18, 16), (16, 11))
    assert pace(line, None, {ANN}, NOW) == 3 * MINUTE
    assert pace(line, ago(9), {ANN}, NOW) == 6 * MINUTE


def test_who_has_left_serves_nobody_and_who_has_come_is_not_counted_on() -> None:
    line = served((9, 6), (6, 3), (3, 0), by=(ANN, BEN, CAT))
    assert pace(line, None, {ANN, BEN, CAT, UserId("dan")}, NOW) == 3 * MINUTE
    assert pace(line, None, {ANN, BEN}, NOW) == 4.5 * MINUTE
    assert pace(line, None, {UserId("dan")}, NOW) is None


@pytest.mark.parametrize(
    "line",
    [
        [],
        served((9, 6), (6, 3)),
        served((9, 6), (6, 3), (3, 2.99)),
    ],
    ids=["nobody was served", "too few were", "one of them did not stand in a line"],
)
def test_nothing_is_made_up(line: list[Service]) -> None:
    assert pace(line, None, {ANN}, NOW) is None


def test_only_the_time_that_is_looked_at_counts() -> None:
    long_ago = LATELY / MINUTE + 600
    assert pace(served((long_ago, 20), (19, 10), (9, 0)), None, {ANN}, NOW) == (10 + 9 + 9) * MINUTE / 3


@pytest.mark.parametrize(
    ("place", "each", "told"),
    [(1, 10, 1), (1, 60, 1), (1, 61, 2), (3, 180, 9), (4, 180, 15), (1, 3600, 60), (1, 3601, 90), (0, 60, None)],
)
def test_people_are_told_whole_minutes_rounded_up(place: int, each: int, told: int | None) -> None:
    assert minutes(place, timedelta(seconds=each)) == told


def test_where_nothing_is_known_no_minutes_are_told() -> None:
    assert minutes(3, None) is None


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=20))
def test_what_spans_cover_is_counted_once(pairs: list[tuple[int, int]]) -> None:
    spans = [(NOW + min(pair) * MINUTE, NOW + max(pair) * MINUTE) for pair in pairs]
    seconds = {each for pair in pairs for each in range(max(min(pair), 10), max(pair))}
    assert covered(spans, NOW + 10 * MINUTE) == len(seconds) * MINUTE
