"""The customers of a simulation: when they come, how long they take, how long they have patience. Times in seconds."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf
from random import Random
from statistics import fmean
from typing import NamedTuple, Protocol

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import QueueId


class Arrivals(Protocol):
    """When customers come, one after the other."""

    @property
    def per_second(self) -> float:
        """How many come in a second, on average."""

    def times(self, random: Random) -> Iterator[float]:
        """The moments, ascending; maybe without an end."""


class Duration(Protocol):
    """How long something takes."""

    @property
    def mean(self) -> float:
        """The average."""

    def draw(self, random: Random) -> float:
        """One customer's."""


@dataclass(frozen=True)
class Poisson:
    """Customers who know nothing of one another and never end."""

    per_second: float

    def times(self, random: Random) -> Iterator[float]:
        """Each comes an exponential time after the one before."""
        at = 0.0
        while True:
            at += random.expovariate(self.per_second)
            yield at


@dataclass(frozen=True)
class Recorded:
    """Customers who came once, in the same moments again."""

    moments: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """The average between the first and the last."""
        return len(self.moments) / max(self.moments[-1] - self.moments[0], 1)

    def times(self, random: Random) -> Iterator[float]:
        """The moments as they were."""
        return iter(self.moments)


@dataclass(frozen=True)
class Exponential:
    """Mostly short, sometimes long."""

    mean: float

    def draw(self, random: Random) -> float:
        """One customer's."""
        return random.expovariate(1 / self.mean)


@dataclass(frozen=True)
class Constant:
    """The same for everybody."""

    mean: float

    def draw(self, random: Random) -> float:
        """One customer's."""
        return self.mean


@dataclass(frozen=True)
class OneOf:
    """As long as it took somebody once."""

    values: tuple[float, ...]

    @cached_property
    def mean(self) -> float:
        """The average."""
        return fmean(self.values)

    def draw(self, random: Random) -> float:
        """One customer's."""
        return random.choice(self.values)


ENDLESS = Constant(inf)
"""The patience of those who never give up."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Customers of one queue who ask for the same; there may be others.

    `weight` is in quarters of an ordinary conversation. The share `managed` of them have a named manager, the share
    `returning` were served a short while ago.
    """

    queue_id: QueueId
    arrivals: Arrivals
    handle: Duration
    patience: Duration = ENDLESS
    priority: int = 0
    skill: str = ""
    skill_level: int = 0
    weight: int = ORDINARY_WEIGHT
    managed: float = 0
    returning: float = 0

    @property
    def load(self) -> float:
        """Ordinary conversations at the same time, on average, if nobody had to wait (erlangs)."""
        return self.arrivals.per_second * self.handle.mean * self.weight / ORDINARY_WEIGHT

    def customers(self, seed: str) -> Iterator["Customer"]:
        """Everybody who comes. The same seed brings the same customers, whoever serves them."""
        weight = "" if self.weight == ORDINARY_WEIGHT else self.weight
        random = seeded(f"{seed} {self.queue_id} {self.skill} {weight}".strip())
        for at in self.arrivals.times(random):
            yield Customer(
                at,
                self,
                self.handle.draw(random),
                self.patience.draw(random),
                _somebody(self.managed, random),
                _somebody(self.returning, random),
            )


class Customer(NamedTuple):
    """Somebody who comes, and asks for what all of the `demand` ask for.

    `manager` and `last_agent` are whom they know: a place from 0 to below 1 among those who work in the queue, however
    many these are.
    """

    at: float
    demand: Demand
    handle: float
    patience: float = inf
    manager: float | None = None
    last_agent: float | None = None


def seeded(seed: str) -> Random:
    """Chance that is the same again."""
    return Random(seed)  # noqa: S311  # nobody guards anything with these numbers


def _somebody(share: float, random: Random) -> float | None:
    """Whom a customer knows, for this share of them; for a share of 0 nothing is drawn: the others stay the same."""
    return random.random() if share and random.random() < share else None
