"""Time is passed in: aware and in UTC, so that a test can say what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of a running process."""
    return datetime.now(UTC)
