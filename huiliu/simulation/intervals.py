"""Customers by the time of day, from a CSV file: each with the moment they came, or as many as come in an interval."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import time, timedelta
from pathlib import Path

import click

from huiliu.simulation.history import QUEUE, first_of, open_csv, read_history
from routing.forecasts.forecast import Interval, forecast

COLUMNS = ("from", "customers", "handle_seconds")


def read_intervals(path: Path, length: timedelta) -> Mapping[str, Sequence[Interval]]:
    """The intervals of an average day by queue.

    A file with the columns from, customers, handle_seconds (and queue) says them itself; one with arrived and
    handle_seconds is a history, of which the average day is taken.
    """
    header = next(csv.reader(open_csv(path)), [])
    return _counted(path, length) if "from" in header else _of_history(path, length)


def _of_history(path: Path, length: timedelta) -> Mapping[str, Sequence[Interval]]:
    customers = defaultdict(list)
    for row in read_history(path).rows:
        customers[row.queue].append((row.arrived, row.handle))
    return {queue: forecast(those, length) for queue, those in customers.items()}


def _counted(path: Path, length: timedelta) -> Mapping[str, Sequence[Interval]]:
    found: defaultdict[str, list[Interval]] = defaultdict(list)
    problems: list[str] = []
    reader = csv.DictReader(open_csv(path))
    for record in reader:
        wrong = list(_problems(record))
        problems += [f"line {reader.line_num}: {each}" for each in wrong]
        if not wrong:
            found[(record.get("queue") or "").strip() or QUEUE].append(_interval(record, length))
    if problems or not found:
        problems = problems or ["there are no rows below the names of the columns"]
        raise click.ClickException("\n  ".join([f"{path} cannot be used:", *first_of(problems)]))
    return found


def _interval(record: Mapping[str, str], length: timedelta) -> Interval:
    begins = time.fromisoformat(record["from"].strip().zfill(5))
    return Interval(begins, length, float(record["customers"]), float(record["handle_seconds"]))


def _problems(record: Mapping[str, str | None]) -> Iterator[str]:
    begins, customers, handle = (record.get(name) or "" for name in COLUMNS)
    if not _is_time(begins):
        yield f"from: {begins!r} is not a time of day. Write it as 09:00."
    if not _is_number(customers):
        yield f"customers: {customers!r} is not a number."
    if not _is_number(handle):
        yield f"handle_seconds: {handle!r} is not a number of seconds."


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text.strip().zfill(5))
    except ValueError:
        return False
    return True


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).isdecimal()
