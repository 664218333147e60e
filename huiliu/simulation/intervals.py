"""Customers by the time of day, from a CSV file: each with the moment they came, or as many as come in an interval."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from math import inf
from pathlib import Path

from huiliu.simulation.history import QUEUE, read_history
from huiliu.simulation.keys import Key, Keys
from huiliu.simulation.table import cell, column_names, read_table
from routing.forecasts.forecast import Interval, forecast


def read_intervals(path: Path, length: timedelta) -> Mapping[str, Sequence[Interval]]:
    """The intervals of an average day by queue.

    A file with the columns from, customers, handle_seconds (and queue) says them itself; one with arrived and
    handle_seconds is a history, of which the average day is taken.
    """
    return _counted(path, length) if "from" in column_names(path) else _of_history(path, length)


def _of_history(path: Path, length: timedelta) -> Mapping[str, Sequence[Interval]]:
    customers = defaultdict(list)
    for row in read_history(path).rows:
        customers[row.queue].append((row.arrived, row.handle_seconds))
    return {queue: forecast(those, length) for queue, those in customers.items()}


def _counted(path: Path, length: timedelta) -> Mapping[str, Sequence[Interval]]:
    found: defaultdict[str, list[Interval]] = defaultdict(list)
    for row in read_table(path, COLUMNS):
        interval = Interval(row["from"], length, row["customers"], row["handle_seconds"])
        found[row.get("queue", QUEUE)].append(interval)
    return found


def _time(text: str) -> time:
    return time.fromisoformat(text.zfill(5))


def _from_0(text: str) -> float:
    number = float(text)
    if not 0 <= number < inf:
        raise ValueError
    return number


COLUMNS: Keys = {
    "from": Key(cell(_time, "is not a time of day. Write it as 09:00."), required=True),
    "customers": Key(cell(_from_0, "is not a number."), required=True),
    "handle_seconds": Key(cell(_from_0, "is not a number of seconds."), required=True),
    "queue": Key(str),
}
