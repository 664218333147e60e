"""`huiliu replay`: whether what the router decided can be decided again, from the event log alone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
from rich.markup import escape

from conversations.clock import utc_now
from conversations.events import EventKind
from conversations.ids import UserId
from huiliu.opening import open_as_it_is
from huiliu.screen import progress, screen
from routing.engine import Decision
from routing.replay import KINDS, Difference, Replay, rounds
from runtime.settings import Settings
from storage import events, people
from storage.database import Connection

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """How many decisions were made again, from when on, and the first that is another one now."""

    decided: int
    begin: datetime | None
    difference: Difference | None
    names: Mapping[UserId, str]


@click.command()
@click.option("--since", type=click.DateTime(), help="From then on, in HUILIU_TIME_ZONE. Default: a day ago.")
@click.option("--until", type=click.DateTime(), help="Until then. Default: now.")
@click.pass_obj
def replay(settings: Settings, since: datetime | None, until: datetime | None) -> None:
    """Decide again who gets whom, with what the router knew then, and compare.

    Reads the event log alone and changes nothing. It begins where a router took over before the time asked for. Ends
    with 1 when a decision or its reason is another one now, and shows the first. See docs/howto/replay.md.
    """
    zone = ZoneInfo(settings.time_zone)
    end = until.replace(tzinfo=zone) if until else utc_now()
    begin = since.replace(tzinfo=zone) if since else end - DAY
    outcome = asyncio.run(_read(settings, begin, end))
    for line in _sentences(outcome, zone):
        screen().print(escape(line))
    if outcome.difference:
        raise click.exceptions.Exit(1)


async def _read(settings: Settings, begin: datetime, end: datetime) -> Outcome:
    async with open_as_it_is(settings) as found:
        return await found.database.read(_decide_again, begin, end)


def _decide_again(connection: Connection, since: datetime, until: datetime) -> Outcome:
    position = events.last_of(connection, EventKind.ROUTER_TOOK_OVER, since)
    again, begin, difference = Replay(), None, None
    with progress() as bar:
        for each in bar.track(rounds(events.of_kinds(connection, KINDS, position, until)), description="Deciding"):
            begin = begin or each.at
            if difference := again.go_on(each):
                break
    names = {user.id: user.name for user in people.listed(connection)}
    return Outcome(again.decided, begin, difference, names)


def _sentences(outcome: Outcome, zone: ZoneInfo) -> list[str]:
    if outcome.begin is None or not (outcome.decided or outcome.difference):
        return ["No router decided anything in this time."]
    decided = f"{outcome.decided:,} decisions since {outcome.begin.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    difference = outcome.difference
    if difference is None:
        return [f"{decided} were made again: all the same, for the same reasons."]
    return [
        f"{decided} were made again. The last are not the same, at {difference.at.astimezone(zone):%H:%M:%S.%f}:",
        f"  then: {_told(difference.then, outcome.names)}",
        f"  now:  {_told(difference.now, outcome.names)}",
    ]


def _told(decision: Decision | None, names: Mapping[UserId, str]) -> str:
    if decision is None:
        return "nobody gets anything more"
    agent = names.get(decision.agent_id, decision.agent_id)
    return f"conversation {decision.conversation_id} goes to {agent}: {decision.reason}"
