"""`huiliu staff`: how many agents each part of a day takes."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import orjson

from huiliu.screen import screen, show_table
from huiliu.simulation.intervals import read_intervals
from huiliu.simulation.words import GOAL, POSITIVE_TIME, Goal
from routing.forecasts.forecast import DAY, Staff
from routing.forecasts.forecast import staff as staffed

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

TITLES = ("queue", "from", "customers", "handle", "erlangs", "agents", "on the roster", "service level")


@click.command()
@click.argument("file", type=FILE)
@click.option("--target", type=GOAL, default=Goal(0.8, 20), help="80/20, the default: 80 % within 20 seconds.")
@click.option("--interval", type=POSITIVE_TIME, default=1800.0, help="The parts of the day. Default: 30m.")
@click.option("--away", type=click.IntRange(0, 90), default=0, help="How many of 100 agents are on breaks, ill, away.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with times in seconds.")
def staff(file: Path, target: Goal, interval: float, away: int, as_json: bool) -> None:
    """Find out how many agents each part of a day takes, by Erlang C.

    FILE is a CSV of customers that came (arrived, handle_seconds, queue), of which the average day is taken; or of
    the parts of a day (from, customers, handle_seconds, queue). What chance and skills do to such a plan shows
    `huiliu simulate`.
    """
    if interval > DAY.total_seconds():
        raise click.UsageError("An interval is not longer than a day.")
    found = {
        queue: [staffed(each, target.share, target.within, away / 100) for each in intervals]
        for queue, intervals in read_intervals(file, timedelta(seconds=interval)).items()
    }
    rows = [(queue, each) for queue, those in found.items() for each in those]
    if as_json:
        click.echo(orjson.dumps([_document(*row) for row in rows], option=orjson.OPT_INDENT_2).decode())
        return
    show_table(TITLES, (_cells(*row) for row in rows))
    screen().print(f"\n{_sum(found.values(), interval)}")


def _document(queue: str, each: Staff) -> dict[str, Any]:
    return {
        "queue": queue,
        "from": f"{each.interval.begins:%H:%M}",
        "customers": each.interval.customers,
        "handle_seconds": each.interval.handle,
        "erlangs": each.interval.load,
        "agents": each.agents,
        "rostered": each.rostered,
        "service_level": each.service_level,
    }


def _cells(queue: str, each: Staff) -> list[str]:
    interval = each.interval
    return [
        queue,
        f"{interval.begins:%H:%M}",
        f"{interval.customers:,.1f}",
        f"{interval.handle:.0f} s",
        f"{interval.load:.2f}",
        str(each.agents),
        str(each.rostered),
        f"{each.service_level:.1%}",
    ]


def _sum(found: Iterable[Sequence[Staff]], interval: float) -> str:
    hours = sum(each.rostered for those in found for each in those) * interval / 3600
    return f"{hours:,.1f} hours on the roster."
