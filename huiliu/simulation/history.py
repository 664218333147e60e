"""The customers of a day that was, from a CSV file."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import TextIO

import click

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import QueueId
from huiliu.simulation.keys import weight_of
from routing.forecasts.demand import Demand, OneOf, Recorded

QUEUE = "all"
"""Where customers wait whose row names no queue."""

MOST_SHOWN = 10
"""Wrong lines that are shown."""


@dataclass(frozen=True)
class Row:
    """A customer who came once."""

    arrived: datetime
    handle: float
    queue: str
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
                handle=OneOf(tuple(row.handle for row in rows)),
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

    Refuses it with every line that is wrong, up to `MOST_SHOWN`.
    """
    return _history(path, open_csv(path))


def open_csv(path: Path) -> TextIO:
    """A file as text; one in another encoding is refused."""
    try:
        return StringIO(path.read_bytes().decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path} is not UTF-8. Save it anew as CSV UTF-8.") from error


def _history(path: Path, file: TextIO) -> History:
    reader = csv.DictReader(file)
    missing = [name for name in ("arrived", "handle_seconds") if name not in (reader.fieldnames or ())]
    if missing:
        raise click.ClickException(
            f"{path}, line 1: there is no column {' and no column '.join(missing)}."
            " The first line names the columns: arrived, handle_seconds, and queue and skill if there are several."
        )
    rows, problems = _rows(reader)
    if not rows and not problems:
        raise click.ClickException(f"{path} has no rows below the names of the columns.")
    if len({row.arrived.tzinfo is None for row in rows}) > 1:
        problems.append("some times have a time zone and some have none; write all in one way")
    if problems:
        raise click.ClickException("\n  ".join([f"{path} cannot be used:", *first_of(problems)]))
    return History(tuple(sorted(rows, key=lambda row: row.arrived)))


def _rows(reader: "csv.DictReader[str]") -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    problems: list[str] = []
    for record in reader:
        wrong = list(_problems(record))
        problems += [f"line {reader.line_num}: {each}" for each in wrong]
        if not wrong:
            rows.append(_row(record))
    return rows, problems


def _row(record: Mapping[str, str]) -> Row:
    arrived = datetime.fromisoformat(record["arrived"].strip())
    queue, skill, weight = ((record.get(name) or "").strip() for name in ("queue", "skill", "weight"))
    return Row(arrived, float(record["handle_seconds"]), queue or QUEUE, skill, weight_of(float(weight or 1)))


def _problems(record: Mapping[str, str | None]) -> Iterator[str]:
    arrived, handle = record["arrived"] or "", record["handle_seconds"] or ""
    if not _is_time(arrived):
        yield f"arrived: {arrived!r} is not a time. Write it as 2026-11-20 09:00:12."
    if not _is_duration(handle):
        yield f"handle_seconds: {handle!r} is not a number of seconds above 0."
    if not _is_weight(record.get("weight") or "1"):
        yield f"weight: {record['weight']!r} is not a weight. Write 1 for an ordinary conversation, or 0.25, 0.5, 2."


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def _is_duration(text: str) -> bool:
    try:
        return float(text) > 0 and isfinite(float(text))
    except ValueError:
        return False


def _is_weight(text: str) -> bool:
    try:
        weight_of(float(text))
    except ValueError:
        return False
    return True


def first_of(problems: list[str]) -> list[str]:
    """As many as are shown, and how many more there are."""
    hidden = len(problems) - MOST_SHOWN
    return [*problems[:MOST_SHOWN], f"… and {hidden:,} more"] if hidden > 0 else problems
