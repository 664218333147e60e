"""Measuring one installation: its gateway runs, the load comes and goes, each figure against its own measure."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from itertools import count
from statistics import median, quantiles

import orjson

from tests.bench.figures import Figure, compare
from tests.bench.load import Job, Result
from tests.bench.stage import Stage, set_up, stored

RUNS = 7
SECONDS = 2.5

MEASUREMENTS = 2 * (1 + RUNS + RUNS)
"""Of one installation: the first round, intake, latency, each against its own measure."""

PAUSE = 1.0
"""Seconds after a measurement, in which the server finishes what it left."""

_first_ids = count(1, 10_000_000)


class Bench:
    """One gateway and the load on it. `step` is called after each measurement."""

    def __init__(self, name: str, stage: Stage, aim: str, step: Callable[[], None]) -> None:
        self._name = name
        self._stage = stage
        self._aim = aim
        self._step = step
        self._answered = 0

    async def measure(self) -> list[Figure]:
        """Every figure. Raises AssertionError when the database does not hold exactly what was answered."""
        cookie = await set_up(self._stage)
        async with self._gateway():
            await self._pair(Job(port=self._stage.port, seconds=SECONDS, first=0))  # everybody writes a first time
            intake = await self._intake()
            latency = await self._latency(intake.value / 2, cookie)
        assert await stored(self._stage) == self._answered
        return [intake, *latency]

    async def _intake(self) -> Figure:
        job = Job(port=self._stage.port, seconds=SECONDS, first=0)
        runs = [await self._pair(job) for _ in range(RUNS)]
        return compare(
            f"durable intake, {self._name}",
            "webhooks/s",
            "the same server, only parsing and answering",
            self._aim,
            [(durable.answered / durable.seconds, bare.answered / bare.seconds) for durable, bare in runs],
        )

    async def _latency(self, pace: float, cookie: str) -> list[Figure]:
        job = Job(port=self._stage.port, seconds=SECONDS, first=0, pace=pace, cookie=cookie)
        runs = [await self._pair(job, "/api/v1/live?cursor=0", "/echo") for _ in range(RUNS)]
        return [
            compare(
                f"webhook to the agent's socket at {pace:,.0f}/s, {percentile}, {self._name}",
                "ms",
                "bare echo",
                aim,
                [(fold(durable.to_socket) * 1000, fold(bare.to_socket) * 1000) for durable, bare in runs],
            )
            for percentile, fold, aim in (("p50", median, "≤ 5"), ("p99", _p99, "≤ 10"))
        ]

    async def _pair(self, job: Job, socket: str = "", bare_socket: str = "") -> tuple[Result, Result]:
        """The same job on the gateway, then on the bare server beside it."""
        durable = await self._load(replace(job, socket=socket))
        self._answered += durable.answered
        return durable, await self._load(replace(job, port=job.port + 1, socket=bare_socket))

    async def _load(self, job: Job) -> Result:
        load = await _start("tests.bench.load")
        output, _ = await load.communicate(orjson.dumps(asdict(replace(job, first=next(_first_ids)))))
        assert load.returncode == 0
        await asyncio.sleep(PAUSE)
        self._step()
        return Result(**orjson.loads(output))

    @asynccontextmanager
    async def _gateway(self) -> AsyncIterator[None]:
        stage = self._stage
        server = await _start("tests.bench.server", str(stage.folder), stage.database_url, str(stage.port))
        assert server.stdin is not None
        assert server.stdout is not None
        assert await server.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            server.stdin.close()
            await server.wait()


async def _start(module: str, *words: str) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", module, *words, stdin=PIPE, stdout=PIPE)


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]
