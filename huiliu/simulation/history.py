"""The customers of a day that was, from a CSV file."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import inf
from pathlib import Path

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import QueueId
from huiliu.simulation.keys import Key, Keys, weight_of
from huiliu.simulation.table import cell, read_table, refuse
from routing.forecasts.demand import Demand, OneOf, Recorded

QUEUE = "all"
"""Where customers wait whose row names no queue."""


@dataclass(frozen=True)
class Row:
    """A customer who came once."""

    arrived: datetime
    handle_seconds: float
    queue: str = QUEUE
    skill: str = ""
    weight: int = ORDINARY_WEIGHT


@dataclass(frozen=True)
class History:
    """Customers in the order in which they came."""

    rows: tuple[Row, ...]

    @property
    def begin(self) -> datetime:
        """When the first one came."""
        return self.rows[0].arrived

    @property
    def length(self) -> float:
        """Seconds from the first customer to just after the last one."""
        return self._at(self.rows[-1]) + 1

    def demands(self) -> list[Demand]:
        """The same arrivals; how long each takes is drawn anew from all that the queue took for that skill."""
        alike: Mapping[tuple[str, str, int], list[Row]] = defaultdict(list)
        for row in self.rows:
            alike[row.queue, row.skill, row.weight].append(row)
        return [
            Demand(
                queue_id=QueueId(queue),
                arrivals=Recorded(tuple(map(self._at, rows))),
                handle=OneOf(tuple(row.handle_seconds for row in rows)),
                skill=skill,
                skill_level=1 if skill else 0,
                weight=weight,
            )
            for (queue, skill, weight), rows in alike.items()
        ]

    def _at(self, row: Row) -> float:
        return (row.arrived - self.begin).total_seconds()


def read_history(path: Path) -> History:
    """Read a file with the columns arrived, handle_seconds, perhaps queue, skill and weight; others are left alone.

    Refuses it with every line that is wrong.
    """
    rows = [Row(**row) for row in read_table(path, COLUMNS)]
    if len({row.arrived.tzinfo is None for row in rows}) > 1:
        refuse(path, ["some times have a time zone and some have none; write all in one way"])
    return History(tuple(sorted(rows, key=lambda row: row.arrived)))


def _above_0(text: str) -> float:
    number = float(text)
    if not 0 < number < inf:
        raise ValueError
    return number


COLUMNS: Keys = {
    "arrived": Key(cell(datetime.fromisoformat, "is not a time. Write it as 2026-11-20 09:00:12."), required=True),
    "handle_seconds": Key(cell(_above_0, "is not a number of seconds above 0."), required=True),
    "queue": Key(str),
    "skill": Key(str),
    "weight": Key(
        cell(
            lambda text: weight_of(float(text)),
            "is not a weight. Write 1 for an ordinary conversation, or 0.25, 0.5, 2.",
        )
    ),
}
