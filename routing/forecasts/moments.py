"""A simulation reckons in seconds, the engine in moments."""

from datetime import UTC, datetime, timedelta

BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
"""The engine's time when the simulation's is 0."""


def moment(at: float) -> datetime:
    """The engine's time."""
    return BEGIN + timedelta(seconds=at)


def seconds(at: datetime) -> float:
    """The simulation's time."""
    return (at - BEGIN).total_seconds()
