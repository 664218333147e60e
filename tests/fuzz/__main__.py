"""`make fuzz`: broken requests, broken answers and noise for everything that reads bytes of somebody else."""

import asyncio
import secrets
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random

import click

from channels.contract import Surroundings
from channels.registry import CHANNELS
from conversations.clock import utc_now
from tests.fuzz import report
from tests.fuzz.answers import KINDS, Called
from tests.fuzz.doors import Door, door
from tests.fuzz.readers import READERS, some_bytes
from tests.fuzz.report import Tried
from tests.support.provider import running_provider
from tests.support.surroundings import open_surroundings

MOST_SHOWN = 5
"""Tracebacks of one name; the same fault comes again and again."""

Try = Callable[[], Awaitable[None]]


@click.command()
@click.option("--seconds", default=6.0, show_default=True, help="For each channel, each provider and each reader.")
@click.option("--seed", type=int, help="Of what is tried; another one each time when left out.")
@click.option("--write/--no-write", default=True, help="Write the table into docs/faults.md.")
def main(seconds: float, seed: int | None, write: bool) -> None:
    """Nothing may be raised but what is named. Ends with 1 otherwise."""
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    everything = asyncio.run(_all(seconds, chosen))
    for each in everything:
        for told in each.found[:MOST_SHOWN]:
            click.echo(f"{each.name}\n{told}")
    click.echo(report.table(everything))
    if write:
        report.write(everything, f"`make fuzz` on {utc_now():%Y-%m-%d}, {seconds:g} seconds each, seed {chosen}.")
    sys.exit(any(each.found for each in everything))


async def _all(seconds: float, seed: int) -> list[Tried]:
    async with open_surroundings() as around:
        doors = {kind: door(kind, around) for kind in sorted(CHANNELS)}
        samples = tuple(request.body for each in doors.values() for request in each.requests)
        return [
            *[await _for(seconds, f"requests: {kind}", _knocks(each, seed)) for kind, each in doors.items()],
            *[await _for(seconds, f"`{name}`", _readings(name, samples, seed)) for name in READERS],
            *[await _answers(seconds, kind, around, seed) for kind in KINDS],
        ]


async def _answers(seconds: float, kind: str, around: Surroundings, seed: int) -> Tried:
    async with running_provider() as provider:
        called = Called(kind, around, provider)
        return await _for(seconds, f"answers: {kind}", partial(called.try_on, _random(seed)))


async def _for(seconds: float, name: str, try_on: Try) -> Tried:
    """Again and again for so long."""
    times, found, ends = 0, [], time.monotonic() + seconds
    while time.monotonic() < ends:
        times += 1
        try:
            await try_on()
        except Exception:  # that is what is looked for
            found.append(traceback.format_exc(limit=-6))
    return Tried(name, times, tuple(found))


def _knocks(at: Door, seed: int) -> Try:
    random = _random(seed)

    async def knock() -> None:
        at.knock(random)

    return knock


def _readings(name: str, samples: tuple[bytes, ...], seed: int) -> Try:
    random = _random(seed)

    async def read() -> None:
        READERS[name].try_on(some_bytes(samples, random))

    return read


def _random(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - repeatable, not secret


if __name__ == "__main__":
    main()
