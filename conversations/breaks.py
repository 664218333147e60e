"""Breaks: when somebody may take one, by their shift and by how many of their colleagues are on one already."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.shifts import RosterRules, Shift

PERSONAL = ("rest", "meal")
"""What people take breaks for by their own choice; the other reasons are work away from customers."""

PERMIT = timedelta(minutes=15)
"""For how long a supervisor's permission to take one break is good."""


@dataclass(frozen=True)
class Room:
    """How many of a queue are on a break of their own, how many may be, and when the first of them has to be back."""

    queue: str
    on_break: int
    most: int
    back_at: datetime | None


@dataclass(frozen=True)
class Hindrance:
    """Why there can be no break now: a sentence about a `queue` and the `time` to which it lasts, if that is known."""

    sentence: str
    time: datetime | None = None
    queue: str = ""


def hindrance(shift: Shift | None, rooms: Iterable[Room], rules: RosterRules, now: datetime) -> Hindrance | None:
    """What stands in the way of a break; without a shift only the colleagues do. A break that is planned for now
    waits for nobody."""
    if shift is not None and any(each.since <= now < each.until for each in shift.breaks):
        return None
    return _by_shift(shift, rules, now) or _by_colleagues(rooms)


def _by_shift(shift: Shift | None, rules: RosterRules, now: datetime) -> Hindrance | None:
    if shift is None:
        return None
    possible_from = shift.since + timedelta(minutes=rules.first_minutes)
    if now < possible_from:
        return Hindrance("Breaks are possible from {time}.", possible_from)
    if now >= shift.until - timedelta(minutes=rules.last_minutes):
        return Hindrance("No break is possible before the shift ends at {time}.", shift.until)
    return None


def _by_colleagues(rooms: Iterable[Room]) -> Hindrance | None:
    full = [room for room in rooms if 0 < room.most <= room.on_break]
    if not full:
        return None
    room = full[0]
    if room.back_at is None:
        return Hindrance("{queue}: as many as may be are on a break.", queue=room.queue)
    return Hindrance("{queue}: as many as may be are on a break until {time}.", room.back_at, room.queue)
