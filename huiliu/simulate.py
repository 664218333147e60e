"""`huiliu simulate`: what would happen with these customers and those agents."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import orjson
from rich.progress import Progress

from huiliu.screen import progress
from huiliu.simulation.document import document
from huiliu.simulation.options import Options, Question, question, sought
from huiliu.simulation.report import show_result, show_search
from huiliu.simulation.search import Search, search
from huiliu.simulation.words import GOAL, POSITIVE_TIME, RATE, TIME
from routing.forecasts.estimates import FEWEST
from routing.forecasts.figures import Tally, tried
from routing.forecasts.scenario import Scenario

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--arrivals", type=RATE, help="Customers by chance, so many in a time: 100/30m, 200/h.")
@click.option("--handle", type=POSITIVE_TIME, help="How long a conversation takes on average: 180s, 3m.")
@click.option("--constant", is_flag=True, help="Each conversation takes just that long; otherwise most are shorter.")
@click.option("--patience", type=POSITIVE_TIME, help="How long customers wait on average before they give up.")
@click.option("--agents", type=click.IntRange(1), help="How many work.")
@click.option("--capacity", type=click.IntRange(1), help="Conversations that each has at the same time. Default: 1.")
@click.option("--history", type=FILE, help="A CSV file of who came: arrived, handle_seconds, queue, skill, weight.")
@click.option("--plan", type=FILE, help="A TOML or JSON file of a whole centre: queues, overflow, agents.")
@click.option("--within", type=TIME, help="Within what time customers should be answered. Default: 20s.")
@click.option("--target", type=GOAL, help="Find the fewest agents: 80/20 is 80 % answered within 20 seconds.")
@click.option("--group", help="With --target and a plan: the group of agents whose number is looked for.")
@click.option("--length", type=POSITIVE_TIME, help="The time that each run counts. Default: 8h.")
@click.option("--warm-up", type=TIME, help="The time that goes before, and is not counted. Default: 2h.")
@click.option("--runs", type=click.IntRange(FEWEST), default=20, show_default=True, help="How often to try.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed tells the same story.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with times in seconds.")
def simulate(**options: Any) -> None:
    """Find out how long customers would wait, and how many agents are needed.

    Routing itself decides, as it does with live customers, but in a time of its own; nothing is stored or sent. Each
    figure comes with the interval that holds the truth 19 times of 20. docs/howto/simulate.md has more examples;
    what a plan may have stands in docs/howto/simulate-a-centre.md.

    \b
    huiliu simulate --arrivals 100/30m --handle 180s --agents 14
    huiliu simulate --arrivals 100/30m --handle 180s --target 80/20
    huiliu simulate --plan docs/howto/centre.toml
    """
    _simulate(Options(**options))


def _simulate(options: Options) -> None:
    asked = question(options)
    with progress() as bar:
        found = _search(options, asked, bar)
        tallies = found.answer.tallies if found else _tried(options, asked.scenario, "Simulating", bar)
    if found:
        asked = replace(asked, scenario=found.answer.scenario)
    if options.as_json:
        text = orjson.dumps(document(options, asked.scenario, tallies, found), option=orjson.OPT_INDENT_2)
        click.echo(text.decode())
        return
    if found:
        show_search(found)
    show_result(options, asked, tallies)


def _search(options: Options, asked: Question, bar: Progress) -> Search | None:
    if options.target is None:
        return None
    group = sought(options, asked.scenario)
    return search(asked.scenario, group, options.target, lambda scenario, doing: _tried(options, scenario, doing, bar))


def _tried(options: Options, scenario: Scenario, doing: str, bar: Progress) -> Sequence[Tally]:
    seeds = [f"{options.seed} {number}" for number in range(1, options.runs + 1)]
    tallies = tried(scenario, options.promised, bar.track(seeds, description=doing))
    bar.remove_task(bar.task_ids[-1])
    return tallies
