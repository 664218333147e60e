"""The database: one way to read, one way to write, the same on SQLite and PostgreSQL.

Queries are plain synchronous functions on a connection. On SQLite they run in a thread, one hop for a whole
transaction; on PostgreSQL SQLAlchemy lends them the event loop. Nothing above sees the difference.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from conversations.events import Event
from storage import events as event_rows

__all__ = ["Connection", "Database", "DatabaseUnavailable", "Transaction"]

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
"""Threads that read SQLite side by side; WAL lets them run beside the one writer."""

PRAGMAS = (
    "busy_timeout=30000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-16384",
    "wal_autocheckpoint=8000",
)
"""Of each connection to SQLite. Every commit is on the disk. The pages of busy tables stay in memory (16 MiB), and the
log is written back after 32 MB, not 4: the same pages change again and again, and whoever commits waits for it."""

POOL = {True: 6, False: 4}
"""PostgreSQL connections of one process: those that write, and those that only read."""

_SESSION = {"idle_in_transaction_session_timeout": "15s"}
"""A process that is stopped in the middle of a change would hold its rows for ever, and all others would wait."""

SESSIONS = {
    True: _SESSION | {"enable_seqscan": "off"},
    False: _SESSION | {"plan_cache_mode": "force_custom_plan"},
}
"""A plan made while the tables were empty would be used until the next ANALYZE, and reads whole tables. So queries are
planned anew each time. Changes find their rows by keys, and keep their plans: the checks of foreign keys are plans too,
and to plan each anew takes five times as long as all the rest of a change."""

ATTEMPTS = 4
"""How often a change is tried when another process was faster."""

_RACES = frozenset(("40001", "40P01"))
"""PostgreSQL: serialization failure, deadlock detected."""

_AWAY = ("53", "57", "58", "25006")
"""PostgreSQL: out of resources, stopping or starting, its disk failed, a stand-by that does not write yet."""


class DatabaseUnavailable(Exception):
    """The database cannot be reached or cannot write now; nothing was stored."""


class Transaction:
    """A change that is not yet committed: statements through `connection`, news through `emit`.

    Events are written last, just before the commit, so that their positions follow the order of commits.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Say what changed; it becomes visible together with the change, or not at all."""
        self.events.append(event)


def _change(connection: Connection, change: Callable[..., T], args: Any, kwargs: Any) -> tuple[T, list[Event]]:
    transaction = Transaction(connection)
    result = change(transaction, *args, **kwargs)
    return result, event_rows.append(connection, transaction.events)


class _Driver(Protocol):
    writers: int
    """How many changes are worth being written at the same time."""

    async def run(self, write: bool, work: Callable[[Connection], T]) -> T:
        """Run in a transaction of its own."""

    async def close(self) -> None:
        """Let go of all connections."""


class Database:
    """Where the truth is."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._driver: _Driver = _Sqlite(self.url) if self.is_sqlite else _PostgreSQL(self.url)
        self._bells: list[Callable[[Sequence[Event]], None]] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the one-machine database."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def writers(self) -> int:
        """How many changes are worth being written at the same time."""
        return self._driver.writers

    def on_commit(self, bell: Callable[[Sequence[Event]], None]) -> None:
        """Call `bell` with the events of each change that was committed in this process."""
        self._bells.append(bell)

    async def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query. Raises `DatabaseUnavailable`."""
        return await self._run(False, lambda connection: query(connection, *args, **kwargs))

    async def write(self, change: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a change, commit it, then ring the bells. Raises `DatabaseUnavailable`.

        A change that loses a race (unique key, deadlock) is run again from its start, and then sees the winner.
        """
        result, events = await self._run(True, lambda connection: _change(connection, change, args, kwargs))
        if events:
            for bell in self._bells:
                bell(events)
        return result

    async def close(self) -> None:
        """Let go of all connections."""
        await self._driver.close()

    async def _run(self, write: bool, work: Callable[[Connection], T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._driver.run(write, work)
            except DBAPIError as error:
                if attempt == ATTEMPTS or not _lost_race(error):
                    raise _translated(error) from error
            except (OSError, PoolTimeout) as error:
                raise DatabaseUnavailable(str(error)) from error
        raise AssertionError("the last attempt returns or raises")


def _lost_race(error: DBAPIError) -> bool:
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in _RACES


def _translated(error: DBAPIError) -> Exception:
    return DatabaseUnavailable(str(error.orig)) if _is_away(error) else error


def _is_away(error: DBAPIError) -> bool:
    """Whether this is about the database and not about a statement; what fails without one failed to connect."""
    known = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    return known or error.statement is None or str(getattr(error.orig, "sqlstate", "")).startswith(_AWAY)


class _Sqlite:
    """One thread writes, several read. Writers of other processes wait for each other inside SQLite."""

    writers = 1

    def __init__(self, url: URL) -> None:
        self._writing = _sqlite_engine(url, "BEGIN IMMEDIATE", 1)
        self._reading = _sqlite_engine(url, "BEGIN", READERS)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")

    async def run(self, write: bool, work: Callable[[Connection], T]) -> T:
        engine, threads = (self._writing, self._writer) if write else (self._reading, self._readers)
        return await asyncio.get_running_loop().run_in_executor(threads, _in_transaction, engine, work)

    async def close(self) -> None:
        for threads, engine in ((self._writer, self._writing), (self._readers, self._reading)):
            await asyncio.to_thread(threads.shutdown)
            engine.dispose()


def _in_transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _sqlite_engine(url: URL, begin: str, connections: int) -> Engine:
    engine = create_engine(url, pool_size=connections, max_overflow=0, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        # The driver must not begin transactions by itself: it would begin them too late to lock.
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class _PostgreSQL:
    """Pools on asyncpg. Two writers: between two statements of one, which waits for its answer, the other goes on."""

    writers = 2

    def __init__(self, url: URL) -> None:
        self._engines = {write: _postgresql_engine(url, write) for write in (True, False)}

    async def run(self, write: bool, work: Callable[[Connection], T]) -> T:
        async with self._engines[write].begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        for engine in self._engines.values():
            await engine.dispose()


def _postgresql_engine(url: URL, write: bool) -> AsyncEngine:
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_size=POOL[write],
        max_overflow=0,
        connect_args={"server_settings": SESSIONS[write]},
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def look(connection: Any, record: Any, proxy: Any) -> None:
        # The driver hears at once when its server hangs up; a ping would be three round trips before each transaction.
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    return engine
