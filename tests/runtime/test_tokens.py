"""Tokens are shared by all processes, sealed."""

from datetime import timedelta

import pytest

from channels.contract import Token
from conversations.errors import ProviderUnavailable
from runtime.tokens import SharedTokens
from tests.support.builders import NOW, VAULT, an_account, open_database, store
from tests.support.postgres import PostgresServer

TOKEN = Token("lent", NOW + timedelta(hours=2))


async def test_another_process_knows_the_token(database_url: str) -> None:
    account = an_account()
    async with open_database(database_url) as first, open_database(database_url) as second:
        await first.write(store, account)
        await SharedTokens(first, VAULT).save(account.id, "access_token", TOKEN)
        assert await SharedTokens(second, VAULT).load(account.id, "access_token") == TOKEN


async def test_without_the_database_nothing_reaches_the_provider(postgresql_url: str, postgres: PostgresServer) -> None:
    account = an_account()
    async with open_database(postgresql_url) as database:
        await database.write(store, account)
        tokens = SharedTokens(database, VAULT)
        async with postgres.away(postgresql_url):
            with pytest.raises(ProviderUnavailable, match="waits for the database"):
                await tokens.load(account.id, "access_token")
            with pytest.raises(ProviderUnavailable, match="waits for the database"):
                await tokens.save(account.id, "access_token", TOKEN)
        assert await tokens.load(account.id, "access_token") is None
