"""A bot with a webhook and one that polls, before a Telegram that takes everything."""

from collections.abc import AsyncIterator

import pytest

from channels.contract import Surroundings
from channels.telegram.channel import TelegramChannel
from conversations.ids import AccountId
from tests.channels.telegram.sampler import TOKEN, accept, settings
from tests.support.provider import Provider, running_provider
from tests.support.surroundings import open_surroundings

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
def channel(around: Surroundings, provider: Provider) -> TelegramChannel:
    return TelegramChannel.create(ACCOUNT, settings(provider.url), around)


@pytest.fixture
def poller(around: Surroundings, provider: Provider) -> TelegramChannel:
    return TelegramChannel.create(ACCOUNT, {"bot_token": TOKEN, "api_url": provider.url}, around)
