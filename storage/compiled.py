"""Statements compiled once: SQLAlchemy composes them and knows the types, but not each time anew."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Processors = list[tuple[int, Callable[[Any], Any]]]
"""What makes a value what the database keeps, or the other way round, by the position of its column."""


def compiled(statement: Insert | Update | Select[*tuple[Any, ...]], dialect: Dialect) -> SQLCompiler:
    """A statement as text, with its parameters."""
    made = statement.compile(dialect=dialect)
    assert isinstance(made, SQLCompiler)  # noqa: S101  # these are SQL
    return made


def needed(processors: Iterable[Callable[[Any], Any] | None]) -> Processors:
    """Of what SQLAlchemy has for each column, that which does something."""
    return [(position, process) for position, process in enumerate(processors) if process is not None]


def processed(rows: Iterable[Iterable[Any]], processors: Processors) -> list[list[Any]]:
    """The rows with their values made so."""
    made = [list(row) for row in rows]
    for position, process in processors:
        for row in made:
            row[position] = process(row[position])
    return made
