"""The accounts in memory are what was stored last, however many look at once."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from exchange.accounts import AccountBook
from storage.database import Database
from tests.support.builders import VAULT, an_account, store
from tests.support.fake_channel import FakeProvider, fake_kind
from tests.support.schema import prepared
from tests.support.surroundings import open_surroundings


class SlowOnce(Database):
    """A database whose first answer arrives late: when the next one has come, or after this many seconds."""

    LATEST = 0.3

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked = asyncio.Event()
        self._overtaken = asyncio.Event()

    async def read(self, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        found = await super().read(query, *args, **kwargs)
        if self.asked.is_set():
            self._overtaken.set()
            return found
        self.asked.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._overtaken.wait(), self.LATEST)
        return found


async def test_what_was_read_earlier_does_not_replace_what_was_read_later(database_url: str) -> None:
    await prepared(database_url)
    database, account = SlowOnce(database_url), an_account(kind="fake")
    async with open_surroundings() as around:
        book = AccountBook(database, VAULT, around, {"fake": fake_kind(FakeProvider())})
        earlier = asyncio.create_task(book.load())
        await database.asked.wait()
        await database.write(store, account)
        await book.load()
        assert book.get(account.id)
        await earlier
        assert book.get(account.id)
    await database.close()
