"""An account of WeChat and the provider it belongs to, on loopback."""

from collections.abc import AsyncIterator

import pytest

from channels.contract import Surroundings
from channels.wechat.channel import WeChatChannel
from tests.channels.wechat.sampler import ACCOUNT, accept, settings
from tests.support.provider import Provider, running_provider
from tests.support.surroundings import open_surroundings


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
def channel(around: Surroundings, provider: Provider) -> WeChatChannel:
    return WeChatChannel.create(ACCOUNT, settings(provider.url), around)
