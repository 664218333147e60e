"""Stretches of time: what they have in common, what one leaves of another, how long they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]
"""From when until when."""


def common(pieces: Iterable[Interval], others: Sequence[Interval]) -> list[Interval]:
    """Where both are. Within each of the two nothing overlaps."""
    cuts = [(max(a[0], b[0]), min(a[1], b[1])) for a in pieces for b in others]
    return sorted((start, end) for start, end in cuts if start < end)


def without(pieces: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """What is left of the pieces."""
    left = list(pieces)
    for start, end in holes:
        parts = [part for piece in left for part in ((piece[0], min(piece[1], start)), (max(piece[0], end), piece[1]))]
        left = [(since, until) for since, until in parts if since < until]
    return left


def length(pieces: Iterable[Interval]) -> timedelta:
    """How long all of them last together."""
    return sum((end - start for start, end in pieces), timedelta())


def joined(pieces: Iterable[Interval]) -> list[Interval]:
    """The same in its order, where one that begins before another ends is one with it."""
    found: list[Interval] = []
    for start, end in sorted(pieces):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
