"""The process that is measured: a whole gateway, and beside it the same server without what makes it durable.

    python -m tests.bench.server <folder> <database url> <port>

The gateway listens on the port. On the next one the same application runs with an intake that stores nothing: it
verifies, parses and answers, and passes on to whoever listens at `/echo` what was said at the desk.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import orjson
import uvloop
from aiohttp import web

from channels.contract import Parsed, WebhookRequest
from conversations.ids import AccountId
from conversations.inbound import InboundMessage
from gateway.app import create_app
from huiliu.gateway import gateway
from runtime import logs
from runtime.redis_server import RedisServer
from runtime.settings import Settings
from tests.bench.stage import DESK, Stage


class Echo:
    """Stands where the intake stands, and forgets everything."""

    def __init__(self) -> None:
        self._listeners: set[web.WebSocketResponse] = set()

    async def accept(self, account_id: AccountId, request: WebhookRequest, parsed: Parsed, trace: str) -> None:
        """Pass on the keys of what was said at the desk."""
        if account_id != DESK:
            return
        said = [{"key": event.key} for event in parsed.events if isinstance(event, InboundMessage)]
        for listener in self._listeners:
            await listener.send_str(orjson.dumps({"messages": said}).decode())

    async def listen(self, request: web.Request) -> web.WebSocketResponse:
        """Stay until the listener goes."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._listeners.add(socket)
        async for _ in socket:
            pass
        self._listeners.remove(socket)
        return socket


async def serve(settings: Settings) -> None:
    """Serve both until standard input ends: the bench is done, or died."""
    echo = Echo()
    async with RedisServer(settings.data_dir / "redis") as redis, gateway(settings, redis.url) as services:
        bare = create_app(replace(services, intake=echo))  # type: ignore[arg-type]  # it has the one method we need
        bare.router.add_get("/echo", echo.listen)
        async with _served(bare, settings.host, settings.port + 1):
            print("ready", flush=True)  # noqa: T201  # the bench waits for this line
            await asyncio.to_thread(sys.stdin.read)


@contextlib.asynccontextmanager
async def _served(app: web.Application, host: str, port: int) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    stage = Stage(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    logs.configure(stage.settings)
    uvloop.run(serve(stage.settings))
