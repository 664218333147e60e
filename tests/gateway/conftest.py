"""A gateway on SQLite with one account of the scripted provider; tests that need more open their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.gateway import Gateway, open_gateway


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """A running gateway."""
    async with open_gateway(tmp_path, redis_url) as gateway:
        await gateway.add_account()
        yield gateway
