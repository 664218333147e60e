"""A process of the product that listens and sends, until somebody kills it.

python -m tests.support.doomed DATABASE_URL SECRET_KEY FOLDER
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp

from channels.contract import Surroundings
from channels.registry import CHANNELS
from conversations.clock import Clock, utc_now
from conversations.ids import new_id
from conversations.message import Lane
from exchange.accounts import AccountBook
from exchange.delivery import Courier
from exchange.intake import Intake
from exchange.listening import Listening
from exchange.recording import Policy
from runtime.loops import background
from storage.database import Database
from storage.files import Files
from storage.vault import Vault
from tests.support.core import Counted
from tests.support.surroundings import MemoryFiles, MemoryTokens


@asynccontextmanager
async def at_work(database: Database, vault: Vault, folder: Path, clock: Clock) -> AsyncIterator[Courier]:
    """Every account's real channel, listening; the courier that sends through them."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        around = Surroundings(http, MemoryTokens(), MemoryFiles(), clock)
        book, counted = AccountBook(database, vault, around, CHANNELS), Counted()
        await book.load()
        policy = Policy(timedelta(hours=24), lambda transaction, heard: {}, book.window)
        intake = Intake(database, Files(folder), book, clock, policy, counted)
        await stack.enter_async_context(background(Listening(database, book, intake, clock, new_id()).run))
        yield Courier(database, book, clock, Lane.INTERACTIVE, new_id(), counted)


async def main(url: str, key: str, folder: str) -> None:
    """Send what is due, for ever."""
    async with at_work(Database(url), Vault(key), Path(folder), utc_now) as courier:
        await courier.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
