"""`huiliu plan`: the house as a file that `huiliu simulate` reads."""

import asyncio
import shlex
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import orjson
from rich.markup import escape

from conversations.clock import utc_now
from huiliu.opening import open_as_it_is
from huiliu.screen import screen
from huiliu.simulation.centre import Centre, history_of, plan_of, read_centre
from runtime.settings import Settings

DAY = timedelta(days=1)

PLAN, HISTORY = "plan.json", "history.csv"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Whose customers, as 2026-11-20. Default: yesterday.")
@click.pass_obj
def plan(settings: Settings, folder: Path, day: datetime | None) -> None:
    """Write down this house and a day of its customers, to simulate it.

    FOLDER gets plan.json, with the queues, overflow and merged queues of now and the agents who had a conversation on
    that day, and history.csv. Change what you like in plan.json and play the day again with `huiliu simulate`.
    """
    zone = ZoneInfo(settings.time_zone)
    begin = day.replace(tzinfo=zone) if day else _midnight(utc_now().astimezone(zone)) - DAY
    centre = asyncio.run(_read(settings, begin.astimezone(UTC), (begin + DAY).astimezone(UTC)))
    if not centre.at_work():
        raise click.ClickException(f"No member of a queue had a conversation on {begin:%Y-%m-%d}; name another --day.")
    _write(folder / PLAN, orjson.dumps(plan_of(centre), option=orjson.OPT_INDENT_2))
    _write(folder / HISTORY, history_of(centre, zone).encode())
    counted = f"{len(centre.came):,} customers, {len(centre.at_work())} agents, {len(centre.queues)} queues"
    screen().print(escape(f"{counted}. Play the day again:\n"))
    command = ("huiliu", "simulate", "--plan", str(folder / PLAN), "--history", str(folder / HISTORY))
    screen().print(escape(shlex.join(command)))


async def _read(settings: Settings, since: datetime, until: datetime) -> Centre:
    async with open_as_it_is(settings) as found:
        return await found.database.read(read_centre, since, until)


def _write(path: Path, content: bytes) -> None:
    """What somebody may have changed by hand is never overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise click.ClickException(f"{path} exists already: choose another folder.") from error


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now, time(), now.tzinfo)
