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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """Everybody at their place at `huiliu demo --all`."""
    async with _working(demo(_folder(tmp_path_factory), "--all", **QUICK)) as office:
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_serve(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """Everybody at their place at `huiliu serve`; the lab lives on when the product is killed."""
    async with _working(await serve(_folder(tmp_path_factory), **QUICK)) as office:
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_two_gateways(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, _redis_server: RedisServer
) -> AsyncIterator[Office]:
    """Everybody at their place at two gateways with PostgreSQL and a Redis server."""
    database_url = postgres.url(await postgres.create_database())
    async with _working(await apart(_folder(tmp_path_factory), database_url, _redis_server.url, **QUICK)) as office:
        yield office


def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of its own: the books of the lab are kept in it."""
    return tmp_path_factory.mktemp("product") / "data"


@asynccontextmanager
async def _working(product: Product) -> AsyncIterator[Office]:
    async with running(product), opened(product) as office:
        yield office
        stored = await office.is_quiet()
        assert compare(await office.books(), stored) == Differences()
