"""A WeCom channel beside a scripted provider, beside the lab, and beside the real core."""

from collections.abc import AsyncIterator

import pytest

from channels.contract import Surroundings
from channels.wecom.channel import WeComChannel
from conversations.ids import AccountId
from tests.channels.wecom.sampler import accept, settings
from tests.lab.conftest import lab
from tests.support.core import core
from tests.support.provider import Provider, running_provider
from tests.support.surroundings import open_surroundings

__all__ = ["core", "lab"]

ACCOUNT = AccountId("account")


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as made:
        accept(made)
        yield made


@pytest.fixture
def channel(around: Surroundings, provider: Provider) -> WeComChannel:
    return WeComChannel.create(ACCOUNT, settings(provider.url), around)
