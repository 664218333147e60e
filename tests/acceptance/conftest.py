"""Products that run as processes, one for a module; whatever its tests did, the books must agree at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from runtime.redis_server import RedisServer
from tests.support.comparison import Differences, compare
from tests.support.office import Office, opened
from tests.support.postgres import PostgresServer
from tests.support.product import Product, apart, demo, running, serve

QUICK = {"HUILIU_SURVEY_DELAY": "1s", "HUILIU_QUIET_HOURS": ""}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path_factory.mktemp("product") / "data"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_demo(folder: Path) -> AsyncIterator[Office]:
    """Everybody at their place at `huiliu demo`."""
    async with _working(demo(folder, **QUICK)) as office:
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_serve(folder: Path) -> AsyncIterator[Office]:
    """Everybody at their place at `huiliu serve`; the lab lives on when the product is killed."""
    async with _working(await serve(folder, **QUICK)) as office:
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_two_gateways(folder: Path, postgres: PostgresServer, _redis_server: RedisServer) -> AsyncIterator[Office]:
    """Everybody at their place at two gateways with PostgreSQL and a Redis server."""
    database_url = postgres.url(await postgres.create_database())
    async with _working(await apart(folder, database_url, _redis_server.url, **QUICK)) as office:
        yield office


@asynccontextmanager
async def _working(product: Product) -> AsyncIterator[Office]:
    async with running(product), opened(product) as office:
        yield office
        stored = await office.is_quiet()
        assert compare(await office.books(), stored) == Differences()
