"""One run: a product, its people, the trouble, and the books at the end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from runtime.redis_server import RedisServer
from tests.crash.load import VISITORS, Work, chat, crowds, serve_customers
from tests.crash.trouble import Trouble
from tests.support.comparison import Differences, compare
from tests.support.office import Office, opened
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.product import Product, apart, running, serve
from tests.support.stored import Stored

AGENTS = 3
CAPACITY = 5

SETTLING = 300.0
"""Seconds for everything to come to its end: the lease of a killed sender, and the pauses between attempts."""

SETTINGS = {"HUILIU_SURVEY_DELAY": "2s", "HUILIU_QUIET_HOURS": ""}


@dataclass(frozen=True)
class Ground:
    """A product that runs, and what is behind it that it did not start itself."""

    product: Product
    own_redis: RedisServer | None = None
    postgres: PostgresServer | None = None

    def redis(self) -> int:
        """The process to kill."""
        return self.own_redis.pid if self.own_redis else self.product.process("valkey-server").number


@dataclass(frozen=True)
class Result:
    """What a run showed."""

    title: str
    minutes: float
    said: int
    taken: int
    stored: int
    promised: int
    heard: int
    settled: int
    unknown: int
    folded: int
    trouble: Counter[str]
    differences: Differences


@asynccontextmanager
async def on_sqlite(folder: Path) -> AsyncIterator[Ground]:
    """`huiliu serve`: one machine."""
    async with running(await serve(folder / "data", **SETTINGS)) as product:
        yield Ground(product)


@asynccontextmanager
async def on_postgresql(folder: Path) -> AsyncIterator[Ground]:
    """Two gateways, a worker and a schedule."""
    with running_postgres(folder / "postgres") as server:
        async with RedisServer(folder / "redis") as redis:
            url = server.url(await server.create_database())
            product = await apart(folder / "data", url, redis.url, **SETTINGS)
            async with running(product):
                yield Ground(product, redis, server)


GROUNDS = {
    "sqlite": ("SQLite, `huiliu serve`", on_sqlite),
    "postgresql": ("PostgreSQL, two gateways", on_postgresql),
}


async def crash(database: str, minutes: float, seed: int, folder: Path) -> Result:
    """Load and trouble for so long, then the comparison."""
    title, ground_of = GROUNDS[database]
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(ground_of(folder))
        offices = [
            await stack.enter_async_context(opened(ground.product, login=f"agent{number}", capacity=CAPACITY))
            for number in range(AGENTS)
        ]
        trouble = _trouble(ground, offices[0], seed)
        work = await _work(offices, trouble, minutes)
        return await _result(title, minutes, offices, work, trouble)


def _trouble(ground: Ground, office: Office, seed: int) -> Trouble:
    folder = ground.product.folder / "redis"
    if ground.own_redis:
        folder = ground.product.folder.parent / "redis"
    chance = Random(seed)  # noqa: S311 - repeatable, not secret
    return Trouble(ground.product, office.lab, ground.redis, folder, ground.postgres, chance)


async def _work(offices: list[Office], trouble: Trouble, minutes: float) -> Work:
    stop, work = asyncio.Event(), Work()
    visitors = [await offices[0].visitor() for _ in range(VISITORS)]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowds(offices[0], stop))
        tasks.create_task(trouble.make(stop))
        for visitor in visitors:
            tasks.create_task(chat(visitor, stop))
        for office in offices:
            tasks.create_task(serve_customers(office, work, stop))
        await asyncio.sleep(minutes * 60)
        stop.set()
    return work


async def _result(title: str, minutes: float, offices: list[Office], work: Work, trouble: Trouble) -> Result:
    stored = await _settled(offices[0])
    books = replace(await offices[0].books(), promised=work.promised)
    return Result(
        title=title,
        minutes=minutes,
        said=len(books.said()),
        taken=len(books.taken()),
        stored=len(stored.arrived),
        promised=len(work.promised),
        heard=len(list(books.heard())),
        settled=work.settled,
        unknown=stored.unknown(),
        folded=books.folded(),
        trouble=trouble.done,
        differences=compare(books, stored),
    )


async def _settled(office: Office) -> Stored:
    """What is still under way after so long is shown as stuck, instead of failing here."""
    try:
        return await office.is_quiet(within=SETTLING)
    except AssertionError:
        return await office.stored()
