"""First replies: how many were promised, and what became of them."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from conversations.ids import QueueId

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Place:
    """Where a first reply was promised: on which kind of channel, and in which queue, if in any."""

    kind: str
    queue_id: QueueId | None


@dataclass(frozen=True)
class FirstReplies:
    """How many came in time and how many did not, are still awaited, or were not expected any more before their time.

    `targets` are the times within which they were promised.
    """

    kept: int = 0
    missed: int = 0
    open: int = 0
    dropped: int = 0
    targets: frozenset[timedelta] = frozenset()

    @property
    def share(self) -> float | None:
        """What part came in time of those that came or should have, from 0 to 1; None while there are none."""
        decided = self.kept + self.missed
        return self.kept / decided if decided else None

    def __add__(self, other: "FirstReplies") -> "FirstReplies":
        return FirstReplies(
            self.kept + other.kept,
            self.missed + other.missed,
            self.open + other.open,
            self.dropped + other.dropped,
            self.targets | other.targets,
        )


Tally = tuple[Place, FirstReplies]


def summed(tallies: Iterable[Tally], key: Callable[[Place], Key]) -> dict[Key, FirstReplies]:
    """What the tallies of each key come to."""
    sums: dict[Key, FirstReplies] = {}
    for place, replies in tallies:
        sums[key(place)] = sums.get(key(place), FirstReplies()) + replies
    return sums
