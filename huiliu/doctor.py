"""`huiliu doctor`: looks at everything that Huiliu stands on, and says what to do about what is wrong."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import click
from rich.markup import escape

from channels.config import ConfigInvalid
from conversations.account import Account
from conversations.clock import utc_now
from huiliu import ground
from huiliu.accounts import try_out
from huiliu.ground import Finding
from huiliu.opening import Opened, open_as_it_is
from huiliu.screen import progress, screen
from runtime.settings import Settings
from storage import accounts, events
from storage.database import Database, DatabaseUnavailable
from storage.migrate import current_revision, known_revisions, newest_revision
from storage.vault import WrongKey

MOST_AHEAD = timedelta(seconds=5)
"""How far the newest event may lie in the future before the clock is called wrong."""

Check = Callable[[], Awaitable[Finding]]


@click.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Look whether everything Huiliu needs is there, and say what to do if not.

    Ends with 1 when something is wrong. Accounts are tried with their providers; customers receive nothing.
    """
    if not asyncio.run(examine(settings)):
        raise click.exceptions.Exit(1)


async def examine(settings: Settings) -> bool:
    """Run every check and print what each found. Returns whether all is well."""
    well = True
    async with _checks(settings) as checks:
        with progress() as bar:
            for check in bar.track(checks, description="Looking"):
                finding = await check()
                well = well and finding.is_well
                _show(finding)
    return well


@contextlib.asynccontextmanager
async def _checks(settings: Settings) -> AsyncIterator[list[Check]]:
    plain: list[Check] = [
        lambda: ground.read_settings(settings),
        lambda: ground.data_folder(settings.data_dir),
        lambda: ground.disk(settings.data_dir),
        ground.time_zones,
        lambda: ground.redis(settings),
        lambda: ground.gateway_port(settings),
        lambda: ground.mail_port(settings),
        lambda: _database(settings),
    ]
    if not await _has_usable_schema(settings):
        yield plain
        return
    async with open_as_it_is(settings) as found:
        yield [*plain, lambda: _clock(found), *await _account_checks(found)]


def _show(finding: Finding) -> None:
    mark = "[green]✓[/green]" if finding.is_well else "[red]✗[/red]"
    screen().print(f"{mark} {escape(finding.about)}: {escape(finding.text)}")
    if finding.remedy:
        screen().print(f"  {escape(finding.remedy)}")


async def _has_usable_schema(settings: Settings) -> bool:
    return (await _database(settings)).is_well and await _revision(settings) == newest_revision()


async def _database(settings: Settings) -> Finding:
    try:
        revision = await _revision(settings)
    except DatabaseUnavailable as error:
        return Finding("Database", f"cannot be used: {error}", "Start it, or correct HUILIU_DATABASE_URL.")
    if not revision:
        return Finding("Database", "empty; the first start makes its tables")
    if revision == newest_revision():
        return Finding("Database", f"has the schema of this version ({revision})")
    if revision in known_revisions():
        return Finding("Database", f"has the older schema {revision}; the next start brings it up to date")
    remedy = "Run the version that changed the database, or a newer one."
    return Finding("Database", f"has schema {revision}, which this version does not know", remedy)


async def _revision(settings: Settings) -> str:
    """The schema of the database; nothing, too, when SQLite's file would have to be made to look into it."""
    database = Database(settings.database_url)
    try:
        return "" if _is_not_there(database) else await current_revision(database)
    finally:
        await database.close()


def _is_not_there(database: Database) -> bool:
    return database.is_sqlite and not Path(database.url.database or "").exists()


async def _clock(found: Opened) -> Finding:
    head = await found.database.read(events.head)
    newest = await found.database.read(events.after, head - 1, 1)
    ahead = newest[0].at - utc_now() if newest else timedelta()
    if ahead > MOST_AHEAD:
        remedy = "Set this machine's clock, best by NTP: deadlines and signatures go by it."
        return Finding("Clock", f"is {ahead} behind the newest event", remedy)
    return Finding("Clock", f"{utc_now():%Y-%m-%d %H:%M:%S} UTC")


async def _account_checks(found: Opened) -> list[Check]:
    try:
        listed = await found.database.read(accounts.listed, found.vault)
    except WrongKey:
        return [_wrong_key]
    return [_account_check(found, account) for account in listed]


async def _wrong_key() -> Finding:
    remedy = "Put back the secret.key, or the HUILIU_SECRET_KEY, that this database was made with."
    return Finding("Secret key", "does not open the accounts in the database", remedy)


def _account_check(found: Opened, account: Account) -> Check:
    async def check() -> Finding:
        about = f"Account {account.name}"
        try:
            problem = await try_out(found, account)
        except ConfigInvalid as error:
            return Finding(about, "; ".join(error.problems), f"Correct it: huiliu account set {account.id} …")
        if problem:
            return Finding(about, problem, f"Correct it, then: huiliu account check {account.id}")
        if account.paused:
            remedy = f"When that is repaired: huiliu account resume {account.id}"
            return Finding(about, f"paused: {account.paused}", remedy)
        return Finding(about, "its credentials work")

    return check
