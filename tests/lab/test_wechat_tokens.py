"""Two processes with one account do not take the token from each other."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.lab.product import Lab
from tests.lab.wechat_process import ABREAST

ROUNDS = 5
PROCESSES = 2


@asynccontextmanager
async def process(lab: Lab, folder: Path) -> AsyncIterator[Process]:
    """One process that calls WeChat."""
    account = lab.world.config.account("safe")
    settings = {**account.settings, "api_url": str(lab.http.make_url("/wechat"))}
    words = ("-m", "tests.lab.wechat_process", json.dumps(settings), str(folder))
    made = await asyncio.create_subprocess_exec(sys.executable, *words, stdin=PIPE, stdout=PIPE)
    try:
        yield made
    finally:
        assert made.stdin is not None
        made.stdin.close()
        await made.wait()


@pytest.fixture
async def processes(lab: Lab, tmp_path: Path) -> AsyncIterator[list[Process]]:
    folder = tmp_path / "tokens"
    folder.mkdir()
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(process(lab, folder)) for _ in range(PROCESSES)]


async def call(each: Process) -> Counter[str]:
    assert each.stdin is not None
    assert each.stdout is not None
    each.stdin.write(b"\n")
    return Counter(json.loads(await each.stdout.readline()))


async def all_call(processes: list[Process]) -> Counter[str]:
    """Everybody calls at the same time; what became of the calls."""
    return sum(await asyncio.gather(*map(call, processes)), Counter[str]())


async def command(lab: Lab, name: str) -> Any:
    async with lab.http.post("/lab/api/command", json={"account": "safe", "command": name}) as response:
        assert response.status == 200
        return await response.json()


async def test_one_token_serves_two_processes(lab: Lab, processes: list[Process]) -> None:
    for _ in range(ROUNDS):
        assert await all_call(processes) == {"done": PROCESSES * ABREAST}
    assert (await command(lab, "tokens_asked"))["in_all"] <= PROCESSES


@pytest.mark.parametrize("how", ["kill_token", "expire_token"])
async def test_a_token_that_ends_is_replaced_once_by_each(lab: Lab, processes: list[Process], how: str) -> None:
    """Were they to fight, each would end the other's token: with four calls at once, many more would be asked for."""
    for _ in range(ROUNDS):
        await command(lab, how)
        assert await all_call(processes) == {"done": PROCESSES * ABREAST}
    asked = await command(lab, "tokens_asked")
    assert ROUNDS <= asked["in_all"] <= ROUNDS * PROCESSES
    assert asked["forced"] == 0


async def test_a_token_that_wechat_lends_and_refuses_is_forced_seldom(lab: Lab, processes: list[Process]) -> None:
    """Both may find out in the same moment, and WeChat stops the second; after that nobody forces for 30 seconds."""
    await all_call(processes)
    await command(lab, "distrust_token")
    results = await all_call(processes)
    assert results.keys() <= {"done", "throttled"}
    assert results["done"] >= ABREAST
    assert await all_call(processes) == {"done": PROCESSES * ABREAST}
    forced = (await command(lab, "tokens_asked"))["forced"]
    assert 1 <= forced <= PROCESSES
    await command(lab, "distrust_token")
    assert await all_call(processes) == {"throttled": PROCESSES * ABREAST}
    assert (await command(lab, "tokens_asked"))["forced"] == forced
