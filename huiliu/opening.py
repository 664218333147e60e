"""What the commands beside the running product work with. It needs the database and nothing else."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp

from channels.contract import Surroundings
from channels.registry import CHANNELS
from conversations.clock import utc_now
from desk.people import People
from exchange.accounts import AccountBook
from runtime.settings import Settings, load_secret_key
from runtime.tokens import SharedTokens
from storage import migrate
from storage.database import Database
from storage.files import Files
from storage.vault import Vault

OPERATOR = "operator"
"""Who acts, in the events, when somebody types a command."""


@dataclass(frozen=True)
class Opened:
    """An open database, and what reads and writes it."""

    settings: Settings
    database: Database
    vault: Vault
    accounts: AccountBook
    people: People


async def prepare(settings: Settings) -> None:
    """Make the data folder and bring the schema up to date."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    try:
        await database.write(migrate.upgrade)
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Opened]:
    """The database with today's schema. Running processes notice what is changed here within a second."""
    await prepare(settings)
    async with open_as_it_is(settings) as found:
        yield found


@contextlib.asynccontextmanager
async def open_as_it_is(settings: Settings) -> AsyncIterator[Opened]:
    """The database with the schema it has, for looking without changing anything."""
    async with contextlib.AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        vault = Vault(load_secret_key(settings))
        files = Files(settings.data_dir / "files")
        around = Surroundings(http=http, tokens=SharedTokens(database, vault), files=files, clock=utc_now)
        yield Opened(
            settings=settings,
            database=database,
            vault=vault,
            accounts=AccountBook(database, vault, around, CHANNELS),
            people=People(database, utc_now, settings.session_lifetime),
        )
