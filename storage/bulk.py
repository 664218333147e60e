"""Many rows written at once, by statements that take all of them as one JSON.

The way of a message passes through here. SQLite's driver lets go of the interpreter for each row it takes, and a busy
event loop is slow to hand it back; so rows go through all together.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Self

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    Table,
    Text,
    Update,
    bindparam,
    insert,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.compiled import Processors, compiled, needed, processed

_INSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
"""Each database has its own word for a row that is there already."""


class Bulk:
    """Writes rows, given as mappings that have at least the names of `columns`."""

    def __init__(self, statement: Callable[[Dialect], Insert | Update], columns: Sequence[Column[Any]]) -> None:
        self._statement = statement
        self._columns = columns
        self._values_of = itemgetter(*(column.name for column in columns))
        self._ready: dict[str, tuple[str, Processors]] = {}

    @classmethod
    def insert(cls, table: Table) -> Self:
        """Stores whole rows; a number that the database counts is left to it."""
        columns = [column for column in table.c if column is not table.autoincrement_column]
        fields = _fields(columns)
        statement = insert(table).from_select(columns, select(*fields), include_defaults=False)
        return cls(lambda _: statement, columns)

    @classmethod
    def update(cls, table: Table, *names: str) -> Self:
        """Writes the named columns of the rows with these `id`s."""
        columns = [table.c.id, *(table.c[name] for name in names)]
        row_id, *fields = _fields(columns)
        statement = update(table).where(table.c.id == row_id).values(dict(zip(names, fields, strict=True)))
        return cls(lambda _: statement, columns)

    @classmethod
    def upsert(cls, table: Table) -> Self:
        """Stores whole rows, or replaces those with the same key; no two of the rows may have one key."""
        columns = list(table.c)
        # SQLite reads ON after a bare SELECT as the beginning of a join's condition.
        rows = select(*_fields(columns)).where(true())

        def statement(dialect: Dialect) -> Insert:
            made = _INSERT[dialect.name](table)
            fresh = {column.name: made.excluded[column.name] for column in columns if not column.primary_key}
            upsert = made.on_conflict_do_update(index_elements=list(table.primary_key), set_=fresh)
            return upsert.from_select(columns, rows, include_defaults=False)

        return cls(statement, columns)

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute once for all rows."""
        if not rows:
            return
        text, processors = self._for(connection.dialect)
        given = processed(map(self._values_of, rows), processors)
        connection.exec_driver_sql(text, (orjson.dumps(given).decode(),))

    def _for(self, dialect: Dialect) -> tuple[str, Processors]:
        if dialect.name not in self._ready:
            made = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in self._columns]
            self._ready[dialect.name] = str(compiled(self._statement(dialect), dialect)), needed(made)
        return self._ready[dialect.name]


def _fields(columns: Sequence[Column[Any]]) -> list[ColumnElement[Any]]:
    """The columns, as they stand in the rows of the one parameter."""
    # SQLite would make a row's JSON anew for each of its fields.
    rows = (
        select(_each(bindparam("rows", type_=Text)).table_valued("value").c.value)
        .cte("given")
        .prefix_with("MATERIALIZED")
    )
    row = rows.c.value
    return [_field(row, position, column) for position, column in enumerate(columns)]


class _each(FunctionElement[Any]):
    """The elements of a JSON array, as rows."""

    name = "each"
    inherit_cache = True


@compiles(_each, "sqlite")
def _each_sqlite(element: _each, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_each, "postgresql")
def _each_postgresql(element: _each, compiler: SQLCompiler, **options: Any) -> str:
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **options)} AS jsonb))"


class _field(FunctionElement[Any]):
    """One element of a row that is a JSON array."""

    inherit_cache = True

    def __init__(self, row: ColumnElement[Any], position: int, column: Column[Any]) -> None:
        self.type = column.type
        super().__init__(row, literal_column(str(position)))


@compiles(_field, "sqlite")
def _field_sqlite(element: _field, compiler: SQLCompiler, **options: Any) -> str:
    row, position = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({row}, '$[{position}]')"


@compiles(_field, "postgresql")
def _field_postgresql(element: _field, compiler: SQLCompiler, **options: Any) -> str:
    row, position = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST({row} ->> {position} AS {compiler.dialect.type_compiler_instance.process(element.type)})"
