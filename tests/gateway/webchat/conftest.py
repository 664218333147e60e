"""One gateway for all tests of a module, and a chat account of its own for each test."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from runtime.redis_server import RedisServer
from tests.support.webchat_site import Gateway, Site, running_gateway


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory, _redis_server: RedisServer) -> AsyncIterator[Gateway]:
    async with running_gateway(tmp_path_factory.mktemp("gateway"), _redis_server.url, HUILIU_DEMO="yes") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def site(gateway: Gateway) -> Site:
    return await gateway.open_site()
