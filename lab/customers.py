"""Crowds: many customers who write at a given rate, for benchmarks and crash tests."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lab.books import Answered, Outcome, Said
from lab.config import AccountConfig
from lab.world import Provider, Saying, World

WORDS = (
    "你好，我的快递三天没动了",
    "信用卡账单在哪里看？",
    "我要查一下余额",
    "退款什么时候到账",
    "The app keeps logging me out",
    "谢谢",
)


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """How many messages, by how many customers, over which accounts.

    `rate` is messages a second, 0 is as fast as they are taken; no more than `abreast` are under way at once. Messages
    are numbered from `first`: crowds that follow one another say nothing twice.
    """

    accounts: tuple[AccountConfig, ...]
    messages: int
    customers: int
    rate: float
    abreast: int
    first: int = 0


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What became of a crowd's messages: `taken` and `not_taken` add up to `said`."""

    said: int
    taken: int
    not_taken: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return asdict(self)


async def release(world: World, providers: Mapping[str, Provider], crowd: Crowd) -> Tally:
    """Let the crowd write, and wait until each message was taken or given up."""
    started = time.monotonic()
    names = [world.people.invent(number).name for number in range(crowd.customers)]
    first = len(world.books)
    places = asyncio.Semaphore(crowd.abreast)
    async with asyncio.TaskGroup() as tasks:
        for number in range(crowd.messages):
            await _wait_for_turn(started, number, crowd.rate)
            await places.acquire()
            account = crowd.accounts[number % len(crowd.accounts)]
            _said, delivery = providers[account.kind].say(
                _saying(account, names[number % len(names)], crowd.first + number)
            )
            tasks.create_task(delivery).add_done_callback(lambda _task: places.release())
    return _tally(world, first, time.monotonic() - started)


async def _wait_for_turn(started: float, number: int, rate: float) -> None:
    due = started + number / rate if rate else started
    await asyncio.sleep(max(0.0, due - time.monotonic()))


def _saying(account: AccountConfig, customer: str, number: int) -> Saying:
    """Each text is one of a kind, so that order and doubles show."""
    text = f"{WORDS[number % len(WORDS)]} #{number}"
    return Saying(account=account, customer=customer, text=text, subject=text)


def _tally(world: World, first: int, seconds: float) -> Tally:
    entries = [entry for _number, entry in world.books.after(first)]
    said = {entry.id for entry in entries if isinstance(entry, Said)}
    taken = {entry.to for entry in entries if isinstance(entry, Answered) and entry.outcome is Outcome.TAKEN}
    return Tally(said=len(said), taken=len(said & taken), not_taken=len(said - taken), seconds=seconds)
