"""Many rows at once: statements compiled once, which take or give all rows as one JSON.

The way of a message passes through here. SQLite's driver lets go of the interpreter for each row it takes or gives,
and a busy event loop is slow to hand it back; so rows go through all together. SQLAlchemy composes the statements and
knows the types; what it would do for each value is done here in one loop.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Self

import orjson
from sqlalchemy import (
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Insert,
    Select,
    Table,
    Text,
    TypeDecorator,
    Update,
    bindparam,
    cast,
    func,
    insert,
    literal,
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
from sqlalchemy.sql.operators import OperatorType

_INSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
"""Each database has its own word for a row that is there already."""

Processors = list[tuple[int, Callable[[Any], Any]]]
"""What makes a value what the database keeps, or the other way round, by the position of its column."""

Parameters = list[tuple[str, Any, Callable[[Any], Any]]]
"""In their order: a parameter's name, what it is unless it is given, and what makes it what the database takes."""


class Texts(TypeDecorator[Iterable[str]]):
    """Any number of texts as one parameter, each once."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str:
        """As a JSON array."""
        return orjson.dumps(list(dict.fromkeys(value or ()))).decode()


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
        given = _processed(map(self._values_of, rows), processors)
        connection.exec_driver_sql(text, (orjson.dumps(given).decode(),))

    def _for(self, dialect: Dialect) -> tuple[str, Processors]:
        if dialect.name not in self._ready:
            made = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in self._columns]
            self._ready[dialect.name] = str(_compile(self._statement(dialect), dialect)), _needed(made)
        return self._ready[dialect.name]


class Lookup:
    """A query by bound parameters; those that are `texts` are given as such."""

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        self._query = query
        self._ready: dict[str, tuple[str, Parameters, Processors]] = {}

    def run(self, connection: Connection, **given: Any) -> list[list[Any]]:
        """The rows, each with the columns in the order of the query."""
        text, parameters, processors = self._for(connection.dialect)
        values = tuple(process(given.get(name, fixed)) for name, fixed, process in parameters)
        found = connection.exec_driver_sql(text, values)
        return _processed(orjson.loads(found.scalar() or "[]"), processors)

    def named(self, connection: Connection, **given: Any) -> list[dict[str, Any]]:
        """The rows, each with its columns by name."""
        names = self._query.selected_columns.keys()
        return [dict(zip(names, row, strict=True)) for row in self.run(connection, **given)]

    def _for(self, dialect: Dialect) -> tuple[str, Parameters, Processors]:
        if dialect.name not in self._ready:
            columns = self._query.selected_columns
            made = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
            compiled = _compile(_as_one(self._query, dialect), dialect)
            parameters = [
                (name, compiled.params[name], _given_as(compiled.binds[name], dialect))
                for name in compiled.positiontup or ()
            ]
            self._ready[dialect.name] = str(compiled), parameters, _needed(made)
        return self._ready[dialect.name]


def _given_as(parameter: BindParameter[Any], dialect: Dialect) -> Callable[[Any], Any]:
    return parameter.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _needed(processors: Iterable[Callable[[Any], Any] | None]) -> Processors:
    return [(position, process) for position, process in enumerate(processors) if process is not None]


def _processed(rows: Iterable[Iterable[Any]], processors: Processors) -> list[list[Any]]:
    processed = [list(row) for row in rows]
    for position, process in processors:
        for row in processed:
            row[position] = process(row[position])
    return processed


def _as_one(query: Select[*tuple[Any, ...]], dialect: Dialect) -> Select[str]:
    rows = query.subquery()
    if dialect.name == "sqlite":
        return select(func.json_group_array(func.json_array(*rows.c)))
    return select(cast(func.json_agg(func.json_build_array(*rows.c)), Text))


def _compile(statement: Insert | Update | Select[*tuple[Any, ...]], dialect: Dialect) -> SQLCompiler:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  # these are SQL
    return compiled


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


def _fields(columns: Sequence[Column[Any]]) -> list[ColumnElement[Any]]:
    """The columns, as they stand in the rows of the one parameter."""
    # SQLite would make a row's JSON anew for each of its fields.
    rows = select(_each(texts("rows")).table_valued("value").c.value).cte("given").prefix_with("MATERIALIZED")
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
