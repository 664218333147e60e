"""What every test may use: real databases, a real Redis, a browser; and what none may: another machine."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio
from redis import Redis

from runtime.redis_server import RedisServer
from tests.support import network
from tests.support.chromium import find_chromium
from tests.support.copies import Copies
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.schema import migrated

network.install()

# Time limits per example fail on a busy machine and say nothing about the code.
hypothesis.settings.register_profile("huiliu", deadline=None)
hypothesis.settings.load_profile("huiliu")


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    network.attempts.clear()
    yield
    assert network.attempts == [], "the test reached for another machine"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres() -> AsyncIterator[PostgresServer]:
    """A PostgreSQL server of this test process.

    Outside pytest's folder, whose permissions every other run of the tests sets back: the server has its own user.
    """
    with tempfile.TemporaryDirectory(prefix="huiliu-") as folder, running_postgres(Path(folder) / "postgres") as server:
        # Nothing here has to survive a power cut.
        await server.execute("ALTER SYSTEM SET fsync = off")
        await server.execute("SELECT pg_reload_conf()")
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _copies(postgres: PostgresServer) -> Copies:
    """PostgreSQL databases with today's schema."""
    name = await postgres.create_database()
    await migrated(postgres.url(name))
    copies = Copies(postgres, name)
    await copies.learn()
    return copies


@pytest.fixture
async def postgresql_url(postgres: PostgresServer, _copies: Copies) -> AsyncIterator[str]:
    """A PostgreSQL database with today's schema and nothing but what comes with it."""
    name = await _copies.lend()
    yield postgres.url(name)
    await _copies.take_back(name)


@pytest.fixture
async def empty_postgresql_url(postgres: PostgresServer) -> AsyncIterator[str]:
    """A PostgreSQL database with nothing in it."""
    name = await postgres.create_database()
    yield postgres.url(name)
    await postgres.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'huiliu.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of each kind. PostgreSQL has today's schema; SQLite is `prepared` by the caller."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _redis_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    async with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(_redis_server: RedisServer) -> str:
    """A real, empty Redis."""
    with Redis.from_url(_redis_server.url) as redis:
        redis.flushall()
    return _redis_server.url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser to drive."""
    found = find_chromium()
    assert found, "there is no Chromium on PATH; `make test` installs it or says how"
    return found
