"""`huiliu serve`: one command, one machine. Embedded Redis, the gateway, one worker and the schedule."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from huiliu.children import child
from huiliu.gateway import gateway
from runtime.redis_server import RedisServer
from runtime.settings import Settings


@contextlib.asynccontextmanager
async def everything(settings: Settings) -> AsyncIterator[str]:
    """The whole product on this machine, for the length of the `with`. Yields Redis' address."""
    async with contextlib.AsyncExitStack() as stack:
        redis_url = await stack.enter_async_context(redis(settings))
        environment = {"HUILIU_REDIS_URL": redis_url}
        await stack.enter_async_context(gateway(settings, redis_url))
        for name in ("worker", "schedule"):
            await stack.enter_async_context(child(name, ["-m", "huiliu", name], environment))
        yield redis_url


@contextlib.asynccontextmanager
async def redis(settings: Settings) -> AsyncIterator[str]:
    """The Redis of the settings, or an embedded one."""
    if settings.redis_url:
        yield settings.redis_url
        return
    async with RedisServer(settings.data_dir / "redis") as server:
        yield server.url


async def stay(body: AbstractAsyncContextManager[object], greet: Callable[[], None]) -> None:
    """Run until Ctrl-C or SIGTERM, then stop cleanly."""
    stopped = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, stopped.set)
    async with body:
        greet()
        await stopped.wait()
