"""What becomes due without any event, and when the next of it does."""

from collections.abc import Hashable
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

NEVER = datetime.max.replace(tzinfo=UTC)

Name = TypeVar("Name", bound=Hashable)


class Timers(Generic[Name]):
    """One moment for each name; a new one takes the place of the old one."""

    def __init__(self) -> None:
        self._moments: dict[Name, datetime] = {}
        # A moment that is no longer the one of its name is dropped when it comes; of equal ones the first set is first.
        self._heap: list[tuple[datetime, int, Name]] = []
        self._numbers = count()
        self.earliest = NEVER
        """Nothing is due before this moment."""

    def set(self, name: Name, at: datetime) -> None:
        """Let something become due."""
        if self._moments.get(name) != at:
            self._moments[name] = at
            heappush(self._heap, (at, next(self._numbers), name))
            self.earliest = self._heap[0][0]

    def drop(self, name: Name) -> None:
        """Nothing is due any more."""
        self._moments.pop(name, None)

    def names(self) -> list[Name]:
        """Everything that will become due."""
        return list(self._moments)

    def ripe(self, now: datetime) -> list[Name]:
        """What is due by now, the earliest first, and each only once."""
        found: list[Name] = []
        if now < self.earliest:
            return found
        while (at := self.next_at()) is not None and at <= now:
            name = heappop(self._heap)[2]
            del self._moments[name]
            found.append(name)
        return found

    def next_at(self) -> datetime | None:
        """When the next is due, or None."""
        while self._heap and self._moments.get(self._heap[0][2]) != self._heap[0][0]:
            heappop(self._heap)
        self.earliest = self._heap[0][0] if self._heap else NEVER
        return self._heap[0][0] if self._heap else None
