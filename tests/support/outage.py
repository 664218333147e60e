"""Taking a database away for a while, whatever kind it is."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url


@asynccontextmanager
async def away(url: str) -> AsyncIterator[None]:
    """Nobody can connect. PostgreSQL ends all sessions too; a SQLite file that is open already stays open."""
    parsed = make_url(url)
    name = str(parsed.database)
    if parsed.get_backend_name() == "sqlite":
        with _file_aside(Path(name)):
            yield
    else:
        server = parsed.set(database="postgres").render_as_string(hide_password=False)
        async with _closed(server, name):
            yield


@contextmanager
def _file_aside(file: Path) -> Iterator[None]:
    aside = file.with_suffix(".aside")
    file.rename(aside)
    file.mkdir()
    try:
        yield
    finally:
        file.rmdir()
        aside.rename(file)


@asynccontextmanager
async def _closed(server: str, name: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        yield
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    finally:
        await connection.close()
