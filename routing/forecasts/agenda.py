"""What happens when in a simulation. Times in seconds."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf


class Agenda:
    """Everything that is foreseen."""

    def __init__(self) -> None:
        self._numbers = count()
        # The number keeps what happens in the same moment in the order in which it was foreseen.
        self._due: list[tuple[float, int, Callable[[], None]]] = []

    def expect(self, at: float, happen: Callable[[], None]) -> None:
        """Something will happen then."""
        heappush(self._due, (at, next(self._numbers), happen))

    def next_at(self) -> float:
        """When the next thing happens."""
        return self._due[0][0] if self._due else inf

    def go_on(self, now: float) -> None:
        """Let the next thing happen, if it is due by now."""
        if self.next_at() <= now:
            heappop(self._due)[2]()
