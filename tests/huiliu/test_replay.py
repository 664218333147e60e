"""`huiliu replay`: decided again from the log, it is the same; and where it is not, that is shown."""

import asyncio

from sqlalchemy import update

from conversations.events import EventKind
from huiliu.opening import prepare
from storage import tables
from storage.database import Transaction
from tests.support.commands import CommandLine
from tests.support.day import a_day

THAT_DAY = ("--since", "2026-11-21", "--until", "2026-12-01")


async def _live(url: str, *, forged: bool = False) -> None:
    async with a_day(url, 0) as day:
        await day.live()
        if forged:
            await day.database.write(_forge)


def _forge(transaction: Transaction) -> None:
    """As if the router had given every conversation for another reason."""
    given = tables.events.c.kind.in_((EventKind.CONVERSATION_ASSIGNED, EventKind.CONVERSATION_OFFERED))
    transaction.connection.execute(update(tables.events).where(given).values(reason="out of a whim"))


def test_a_day_is_decided_again(huiliu: CommandLine) -> None:
    asyncio.run(_live(huiliu.settings.database_url))
    printed = huiliu.done("replay", *THAT_DAY)
    assert "made again: all the same, for the same reasons." in printed
    assert not printed.startswith("0 decisions")


def test_the_first_difference_is_shown(huiliu: CommandLine) -> None:
    asyncio.run(_live(huiliu.settings.database_url, forged=True))
    result = huiliu("replay", *THAT_DAY)
    assert result.exit_code == 1
    then, now = result.stdout.splitlines()[1:]
    assert then.startswith("  then: conversation ")
    assert then.endswith(" goes to Han Meimei: out of a whim")
    assert now.startswith("  now:  conversation ")
    assert " load " in now


def test_a_time_in_which_nothing_was_decided(huiliu: CommandLine) -> None:
    asyncio.run(prepare(huiliu.settings))
    assert huiliu.done("replay") == "No router decided anything in this time.\n"
