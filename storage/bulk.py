"""Many rows at once: one statement, compiled once, run by the driver itself with plain tuples.

SQLAlchemy composes the statement and knows the types; what it does for every single row is done here in one loop,
because the way of a message passes through it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Boolean, ColumnElement, Connection, Insert, Text, Update, literal
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

Processor = Callable[[Any], Any]


@dataclass(frozen=True)
class _Compiled:
    text: str
    plan: tuple[tuple[str, Processor | None], ...]

    def row(self, values: Mapping[str, object]) -> tuple[object, ...]:
        return tuple([values[name] if process is None else process(values[name]) for name, process in self.plan])


class Bulk:
    """An insert of whole rows, or an update by named parameters, for many rows."""

    def __init__(self, statement: Insert | Update) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Execute for each row; names are those of the columns or parameters."""
        if not rows:
            return
        compiled = self._for(connection.dialect)
        connection.exec_driver_sql(compiled.text, [compiled.row(row) for row in rows])

    def _for(self, dialect: Dialect) -> _Compiled:
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _compile(self._statement, dialect)
        return self._compiled[dialect.name]


def _compile(statement: Insert | Update, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  # an insert or update is SQL
    names = compiled.positiontup or []
    return _Compiled(
        str(compiled),
        tuple((name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names),
    )


class among(FunctionElement[bool]):
    """`column IN values`, with the values as one parameter: the statement is the same for any number of them."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], values: Iterable[str]) -> None:
        super().__init__(column, literal(orjson.dumps(list(dict.fromkeys(values))).decode(), Text))


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  # both are compiled clauses


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST({values} AS jsonb))))"
