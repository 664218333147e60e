"""What goes wrong: processes are killed, Redis loses everything, providers misbehave."""

import asyncio
import os
import shutil
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.support.lab_desk import LabDesk
from tests.support.postgres import PostgresServer
from tests.support.product import Product

QUIET_SECONDS = (2.0, 8.0)
"""Between two troubles."""

DOWN_SECONDS = (0.0, 3.0)

MISBEHAVIOUR_SECONDS = (3.0, 6.0)

Manner = dict[str, object]


def _all(switch: str, *values: str) -> list[Manner]:
    return [{switch: value} for value in values]


COMMON: list[Manner] = [*_all("answers", "cut", "lost"), {"answers": "slow", "seconds": 3.0}, {"thrice": True}]

_RECEIPTS = _all("receipts", "early", "late", "twice", "swapped", "failed")

MANNERS: dict[str, list[Manner]] = {
    "wechat": [*COMMON, *_all("answers", "error", "html", "busy")],
    "sms_aliyun": [*COMMON, *_all("answers", "error", "html", "busy"), *_RECEIPTS],
    "sms_tencent": [*COMMON, *_all("answers", "error", "html", "busy"), *_RECEIPTS],
    "sms_smpp": [*COMMON, *_all("answers", "error", "html", "busy"), *_RECEIPTS],
    "sms_cmpp": [*COMMON, *_all("answers", "error", "html", "busy"), *_RECEIPTS],
    "wecom": COMMON,
    "sms_twilio": [*COMMON, *_all("answers", "error", "html", "busy"), *_all("receipts", "early", "twice", "swapped")],
    "telegram": COMMON,
    "custom": COMMON,
    # A mail server that says "later" is asked again after five minutes: longer than a run.
    "email": COMMON,
}

GOOD: Manner = {"answers": "normal", "receipts": "normal", "thrice": False}


@dataclass
class Trouble:
    """Makes trouble until it is told to stop, by a seed; counts what it did."""

    product: Product
    lab: LabDesk
    redis: Callable[[], int]
    redis_folder: Path
    postgres: PostgresServer | None
    random: Random
    done: Counter[str] = field(default_factory=Counter)

    async def make(self, stop: asyncio.Event) -> None:
        """One after the other, with pauses, so that each meets a product that works; every kind comes in its turn."""
        bag: list[Callable[[], Awaitable[None]]] = []
        while not stop.is_set():
            bag = bag or self._bag()
            await asyncio.sleep(self.random.uniform(*QUIET_SECONDS))
            self._start_what_fell()
            await bag.pop()()
        await asyncio.sleep(QUIET_SECONDS[0])
        self._start_what_fell()

    def _start_what_fell(self) -> None:
        """As systemd does: a process that found no database when it started has said so and ended."""
        for program in self.product.programs.values():
            if not program.is_running:
                program.start()

    def _bag(self) -> list[Callable[[], Awaitable[None]]]:
        kinds: list[Callable[[], Awaitable[None]]] = [
            *[self.kill_gateway, self.misbehave] * 2,
            self.kill_worker,
            self.kill_redis,
            *([self.crash_postgres] if self.postgres else []),
        ]
        self.random.shuffle(kinds)
        return kinds

    async def kill_gateway(self) -> None:
        """kill -9 one gateway, with everything that is its child, and start it again."""
        name = self.random.choice([each for each in self.product.programs if each.startswith(("serve", "gateway"))])
        self.done["gateway killed"] += 1
        await self.product.kill(name)
        await asyncio.sleep(self.random.uniform(*DOWN_SECONDS))
        self.product.programs[name].start()
        await self.product.ready()

    async def kill_worker(self) -> None:
        """kill -9 the worker or the schedule; where nobody is behind it, it is started again here."""
        name = self.random.choice(["worker", "schedule"])
        self.done[f"{name} killed"] += 1
        if name in self.product.programs:
            await self.product.kill(name)
            self.product.programs[name].start()
        else:
            os.kill(self.product.process(f"huiliu {name}").number, signal.SIGKILL)

    async def kill_redis(self) -> None:
        """kill -9 Redis, and burn what it knew."""
        self.done["Redis killed and wiped"] += 1
        os.kill(self.redis(), signal.SIGKILL)
        shutil.rmtree(self.redis_folder / "appendonlydir")

    async def crash_postgres(self) -> None:
        """The database ends in the middle of everything, and recovers."""
        assert self.postgres is not None
        self.done["PostgreSQL crashed"] += 1
        await self.postgres.crash()

    async def misbehave(self) -> None:
        """A provider is in a bad mood for a while."""
        provider = self.random.choice(sorted(MANNERS))
        manner = self.random.choice(MANNERS[provider])
        self.done[f"{provider} {' '.join(map(str, next(iter(manner.items()))))}"] += 1
        await self.lab.misbehave(provider, **manner)
        await asyncio.sleep(self.random.uniform(*MISBEHAVIOUR_SECONDS))
        await self.lab.misbehave(provider, **GOOD)
