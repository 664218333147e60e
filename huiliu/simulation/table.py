"""Tables that people hand in as CSV, and everything that is wrong with them."""

import csv
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import click

from huiliu.simulation.keys import Keys, Read

MOST_SHOWN = 10
"""Wrong lines that are shown."""

Row = Mapping[str, Any]
"""What stands in a line, by the names of the columns; empty cells are left out."""


def read_table(path: Path, columns: Keys) -> list[Row]:
    """The rows of a file, each value by its meaning; other columns are left alone.

    Refuses it with every line that is wrong, up to `MOST_SHOWN`.
    """
    reader = csv.DictReader(_text(path))
    _refuse_missing(path, columns, reader.fieldnames or ())
    rows: list[Row] = []
    problems: list[str] = []
    for record in reader:
        wrong: list[str] = []
        rows.append(_row(record, columns, wrong))
        problems += [f"line {reader.line_num}: {each}" for each in wrong]
    refuse(path, problems)
    if not rows:
        raise click.ClickException(f"{path} has no rows below the names of the columns.")
    return rows


def cell(read: Callable[[str], Any], problem: str) -> Read:
    """Read a cell so, and refuse in these words what cannot be read so."""

    def reading(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise ValueError(f"{text!r} {problem}") from error

    return reading


def column_names(path: Path) -> Sequence[str]:
    """What the first line says."""
    return csv.DictReader(_text(path)).fieldnames or ()


def refuse(path: Path, problems: Sequence[str]) -> None:
    """Refuse a file if anything is wrong with it."""
    hidden = len(problems) - MOST_SHOWN
    more = [f"… and {hidden:,} more"] if hidden > 0 else []
    if problems:
        raise click.ClickException("\n  ".join([f"{path} cannot be used:", *problems[:MOST_SHOWN], *more]))


def _text(path: Path) -> StringIO:
    try:
        return StringIO(path.read_bytes().decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path} is not UTF-8. Save it anew as CSV UTF-8.") from error


def _refuse_missing(path: Path, columns: Keys, given: Sequence[str]) -> None:
    missing = [name for name, column in columns.items() if column.required and name not in given]
    if missing:
        raise click.ClickException(
            f"{path}, line 1: there is no column {' and no column '.join(missing)}."
            f" The first line names the columns: {', '.join(columns)}; {_unneeded(columns)} may be left out."
        )


def _unneeded(columns: Keys) -> str:
    return " and ".join(name for name, column in columns.items() if not column.required)


def _row(record: Mapping[str, str | None], columns: Keys, problems: list[str]) -> Row:
    row: dict[str, Any] = {}
    for name, column in columns.items():
        cell = (record.get(name) or "").strip()
        if cell or column.required:
            try:
                row[name] = column.read(cell)
            except ValueError as error:
                problems.append(f"{name}: {error}")
    return row
