"""How often somebody may do something; counted in this process only, which is enough against haste."""

import time
from collections import deque
from collections.abc import Callable

FORGET_ABOVE = 10_000


class RateLimit:
    """At most `most` times within any `seconds`, for each key."""

    def __init__(self, most: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._times: dict[str, deque[float]] = {}

    def allows(self, key: str) -> bool:
        """Count one more, unless it is one too many."""
        start = self._now() - self._seconds
        if len(self._times) > FORGET_ABOVE:
            self._times = {each: times for each, times in self._times.items() if times[-1] > start}
        times = self._times.setdefault(key, deque())
        while times and times[0] <= start:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(self._now())
        return True
