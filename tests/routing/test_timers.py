"""What is due comes once, in its order, and only at the last moment that was set for it."""

from datetime import datetime, timedelta

from routing.timers import Timers
from tests.support.builders import NOW


def at(second: int) -> datetime:
    return NOW + timedelta(seconds=second)


def test_what_is_due_comes_once_the_earliest_first() -> None:
    timers: Timers[str] = Timers()
    for name, second in (("late", 3), ("early", 1), ("also early", 1), ("last", 9)):
        timers.set(name, at(second))
    assert timers.ripe(at(0)) == []
    assert timers.ripe(at(3)) == ["early", "also early", "late"]
    assert timers.ripe(at(3)) == []
    assert timers.next_at() == at(9)


def test_a_new_moment_takes_the_place_of_the_old_one() -> None:
    timers: Timers[str] = Timers()
    timers.set("a", at(1))
    timers.set("a", at(5))
    assert timers.ripe(at(4)) == []
    timers.set("a", at(2))
    assert timers.next_at() == at(2)
    assert timers.ripe(at(9)) == ["a"]
    assert timers.next_at() is None


def test_what_was_dropped_does_not_come() -> None:
    timers: Timers[str] = Timers()
    timers.set("a", at(1))
    timers.drop("a")
    timers.drop("never set")
    assert timers.next_at() is None
    timers.set("a", at(1))
    assert timers.ripe(at(1)) == ["a"]
