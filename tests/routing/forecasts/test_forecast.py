"""How many agents each part of a day takes, against the table of Erlang C in every textbook's way of reckoning."""

from datetime import datetime, time, timedelta

import pytest

from routing.forecasts.forecast import Interval, forecast, staff

HALF, HOUR = timedelta(minutes=30), timedelta(hours=1)


@pytest.mark.parametrize(
    ("customers", "length", "handle", "share", "within", "agents", "level"),
    [
        (100, HALF, 180, 0.80, 20, 14, 0.888350),
        (200, HOUR, 180, 0.90, 15, 15, 0.932730),
        (1000, HOUR, 240, 0.80, 20, 74, 0.846136),
        (20, HALF, 300, 0.80, 20, 6, 0.875924),
    ],
)
def test_the_fewest_agents_for_a_goal(
    customers: int, length: timedelta, handle: int, share: float, within: int, agents: int, level: float
) -> None:
    found = staff(Interval(time(9), length, customers, handle), share, within)
    assert (found.agents, round(found.service_level, 6)) == (agents, level)
    assert found.rostered == agents


def test_who_is_away_is_added_to_the_roster() -> None:
    """Of 20 on the roster 30 % are away: 14 are there."""
    assert staff(Interval(time(9), HALF, 100, 180), 0.8, 20, away=0.3).rostered == 20


def test_nobody_is_needed_for_nobody() -> None:
    found = staff(Interval(time(3), HALF, 0, 0), 0.8, 20)
    assert (found.agents, found.rostered, found.service_level) == (0, 0, 1.0)


def test_a_forecast_is_the_average_of_the_days() -> None:
    """Two days: at nine two came and then one, at ten one on one of them; nobody came at half past nine."""
    came = ["2026-11-19 09:05", "2026-11-19 09:10", "2026-11-20 09:29", "2026-11-20 10:00"]
    found = forecast([(datetime.fromisoformat(each), 60.0 + number) for number, each in enumerate(came)], HALF)
    assert found == [
        Interval(time(9), HALF, 1.5, 61.0),
        Interval(time(9, 30), HALF, 0, 0),
        Interval(time(10), HALF, 0.5, 63.0),
    ]
