"""Queries that are composed once and give all their rows as one JSON.

The way of a message passes through here. To compose a query takes ten times as long as to run it; and SQLite's driver
lets go of the interpreter for each row it gives, which a busy event loop is slow to hand back.
"""

from collections.abc import Callable, Iterable
from typing import Any, Self

import orjson
from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    Select,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType

from storage.compiled import Processors, compiled, needed, processed

Parameters = list[tuple[str, Any, Callable[[Any], Any]]]
"""In their order: a parameter's name, what it is unless it is given, and what makes it what the database takes."""


class Texts(TypeDecorator[Iterable[str]]):
    """Any number of texts as one parameter, each once."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str:
        """As a JSON array."""
        return orjson.dumps(list(dict.fromkeys(value or ()))).decode()


class Lookup:
    """A query by bound parameters, which are given by name; those that are `texts` as such."""

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        self._query = query
        self._ready: dict[str, tuple[str, Parameters, Processors]] = {}

    def run(self, connection: Connection, **given: Any) -> list[list[Any]]:
        """The rows, each with the columns in the order of the query."""
        text, parameters, processors = self._for(connection.dialect)
        values = tuple(process(given.get(name, fixed)) for name, fixed, process in parameters)
        found = connection.exec_driver_sql(text, values)
        return processed(orjson.loads(found.scalar() or "[]"), processors)

    def named(self, connection: Connection, **given: Any) -> list[dict[str, Any]]:
        """The rows, each with its columns by name."""
        names = self._query.selected_columns.keys()
        return [dict(zip(names, row, strict=True)) for row in self.run(connection, **given)]

    def _for(self, dialect: Dialect) -> tuple[str, Parameters, Processors]:
        if dialect.name not in self._ready:
            columns = self._query.selected_columns
            made = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
            statement = compiled(_as_one(self._query, dialect), dialect)
            parameters = [
                (name, statement.params[name], _given_as(statement.binds[name], dialect))
                for name in statement.positiontup or ()
            ]
            self._ready[dialect.name] = str(statement), parameters, needed(made)
        return self._ready[dialect.name]


def _given_as(parameter: BindParameter[Any], dialect: Dialect) -> Callable[[Any], Any]:
    return parameter.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _as_one(query: Select[*tuple[Any, ...]], dialect: Dialect) -> Select[str]:
    rows = query.subquery()
    if dialect.name == "sqlite":
        return select(func.json_group_array(func.json_array(*rows.c)))
    return select(cast(func.json_agg(func.json_build_array(*rows.c)), Text))


def texts(name: str) -> BindParameter[Iterable[str]]:
    """A parameter of a lookup that is given as texts, for `among`."""
    return bindparam(name, type_=Texts)


class among(FunctionElement[bool]):
    """`column IN values`, with the values as one parameter: the statement is the same for any number of them."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], values: Iterable[str] | BindParameter[Iterable[str]]) -> None:
        super().__init__(column, values if isinstance(values, BindParameter) else literal(list(values), Texts))

    def self_group(self, against: OperatorType | None = None) -> Self:
        """As it is: for SQLite it would be written `… IN (…) = 1`, which no index can answer."""
        return self


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  # both are compiled clauses


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST({values} AS jsonb))))"
