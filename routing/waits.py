"""How long a place in a line will last: an honest guess from how the line moved lately, or none."""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta

from conversations.ids import UserId
from storage.served import Service

LATELY = timedelta(minutes=30)
"""How far back is looked: long enough for a few services, short enough to be about now."""

FEWEST = 3
"""Services without which nothing is known."""

AT_ONCE = timedelta(seconds=5)
"""Whoever was served within this time did not stand in a line, and tells nothing about how fast one moves."""

Span = tuple[datetime, datetime]


def pace(
    served: Iterable[Service], waiting_since: datetime | None, present: Set[UserId], now: datetime
) -> timedelta | None:
    """How long a line takes to move by one place; None when nothing is known.

    It is the time in which anybody stood in the line during the last `LATELY`, divided by how many of them were served:
    with 6 served while the line was not empty for 18 minutes, a place lasts 3. Time in which nobody waited counts for
    nothing, time since which the first one waits now (`waiting_since`) counts in full: a line that stands gets slower.

    Of those who served, some may have left: with 2 of 3 still here, a place lasts half as long again. Who came since
    is not counted on, so that the guess is too long rather than too short. Nobody here, or fewer than `FEWEST` served:
    nothing is known.
    """
    waited = [each for each in served if each.at - each.since >= AT_ONCE]
    servers = {each.agent_id for each in waited}
    if len(waited) < FEWEST or servers.isdisjoint(present):
        return None
    spans = [(each.since, each.at) for each in waited]
    if waiting_since is not None:
        spans.append((waiting_since, now))
    return covered(spans, now - LATELY) / len(waited) * len(servers) / len(servers & present)


def minutes(place: int, pace: timedelta | None) -> int | None:
    """How long somebody at this place (from 1) will wait, in minutes for people to read: rounded up, and coarser the
    longer it is. None when nothing is known, or nobody waits."""
    if pace is None or place < 1:
        return None
    exact = max(-(-place * pace // timedelta(minutes=1)), 1)
    step = next(step for upto, step in _STEPS if exact <= upto)
    return -(-exact // step) * step


_STEPS = ((10, 1), (60, 5), (float("inf"), 30))
"""Up to how many minutes how fine they are told."""


def covered(spans: Sequence[Span], start: datetime) -> timedelta:
    """How much time after `start` these spans cover together."""
    total, end = timedelta(), start
    for since, until in sorted(spans):
        total += max(until - max(since, end), timedelta())
        end = max(end, until)
    return total
