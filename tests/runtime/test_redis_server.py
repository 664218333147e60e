"""The embedded Redis: keeps its data, comes back, follows its parent, and never shares its folder."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

from runtime.redis_server import SOCKET_PATH_BYTES, RedisBusy, RedisFailed, RedisServer

HOLD = """
import asyncio, sys
from pathlib import Path
from redis.asyncio import Redis
from runtime.redis_server import RedisServer

async def hold():
    async with RedisServer(Path(sys.argv[1])) as server, Redis.from_url(server.url) as redis:
        await redis.set("answer", "42")
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""


async def read(server: RedisServer, key: str) -> object:
    async with Redis.from_url(server.url, decode_responses=True) as redis:
        return await redis.get(key)


async def write(server: RedisServer, key: str, value: str) -> None:
    async with Redis.from_url(server.url) as redis:
        await redis.set(key, value)


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_data_is_there_at_the_next_start(tmp_path: Path, loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def start_twice() -> object:
        async with RedisServer(tmp_path) as server:
            await write(server, "answer", "42")
        async with RedisServer(tmp_path) as server:
            return await read(server, "answer")

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        assert runner.run(start_twice()) == "42"


async def test_leaving_stops_the_server(tmp_path: Path) -> None:
    async with RedisServer(tmp_path) as server:
        pid = server.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not (tmp_path / "redis.sock").exists()


async def test_a_killed_server_comes_back_with_its_data(tmp_path: Path) -> None:
    async with RedisServer(tmp_path) as server:
        await write(server, "answer", "42")
        os.kill(killed := server.pid, signal.SIGKILL)
        async with Redis.from_url(server.url, retry=Retry(ConstantBackoff(0.1), 300)) as patient:
            assert await patient.get("answer") == b"42"
        assert server.pid != killed


async def test_two_of_us_never_use_one_folder(tmp_path: Path) -> None:
    async with RedisServer(tmp_path):
        with pytest.raises(RedisBusy, match=str(tmp_path)):
            await RedisServer(tmp_path, lock_timeout=0.1).__aenter__()


async def test_after_a_killed_parent_the_next_start_finds_the_data(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, tmp_path, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout
    assert await parent.stdout.readline() == b"ready\n"
    parent.kill()
    await parent.wait()
    async with RedisServer(tmp_path) as server:
        assert await read(server, "answer") == "42"


async def test_a_deep_folder_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("客服" * 20)
    async with RedisServer(deep) as server:
        assert len(os.fsencode(server.url.removeprefix("unix://"))) <= SOCKET_PATH_BYTES
        await write(server, "answer", "42")
    assert (deep / "appendonlydir").is_dir()


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").mkdir()
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(RedisFailed, match="manifest"):
        await RedisServer(tmp_path).__aenter__()
