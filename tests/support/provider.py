"""A provider on loopback: a real HTTP server that answers by script and keeps what it was sent."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """One answer. `stalls`: after how many bytes of the body nothing more comes; `cut`: the line drops instead."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stalls: int | None = None
    cut: bool = False


def says(value: object, *, status: int = 200) -> Scripted:
    """An answer in JSON."""
    return Scripted(status=status, headers={"Content-Type": "application/json"}, body=orjson.dumps(value))


@dataclass(frozen=True)
class Received:
    """A request that the provider was sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """The body, which must be JSON."""
        return orjson.loads(self.body)


class Provider:
    """Answers each path by its script; the last answer of a script is given again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self._scripts: defaultdict[str, list[Scripted]] = defaultdict(list)
        self._released = asyncio.Event()

    def answers(self, path: str, *script: Scripted) -> None:
        """From now on answer a path like this."""
        self._scripts[path] = list(script)

    def requests(self, path: str) -> list[Received]:
        """What was sent to one path, in order."""
        return [request for request in self.received if request.path == path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Keep the request, and answer it."""
        body = await request.read()
        self.received.append(Received(request.method, request.path, dict(request.query), dict(request.headers), body))
        script = self._scripts[request.path]
        if not script:
            return web.Response(status=404, text=f"nothing is scripted for {request.path}")
        return await self._answer(request, script.pop(0) if len(script) > 1 else script[0])

    async def _answer(self, request: web.Request, scripted: Scripted) -> web.StreamResponse:
        if scripted.cut:
            assert request.transport is not None
            request.transport.abort()
        if scripted.stalls is None:
            return web.Response(status=scripted.status, headers=scripted.headers, body=scripted.body)
        response = web.StreamResponse(status=scripted.status, headers=scripted.headers)
        response.content_length = len(scripted.body)
        await response.prepare(request)
        await response.write(scripted.body[: scripted.stalls])
        await self._released.wait()
        return response

    def release(self) -> None:
        """Let answers that stall come to their end."""
        self._released.set()


@asynccontextmanager
async def running_provider() -> AsyncIterator[Provider]:
    """A provider on a free port of loopback, as long as the block lasts."""
    provider = Provider()
    app = web.Application(client_max_size=32 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", provider.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        provider.url = str(server.make_url("")).rstrip("/")
        try:
            yield provider
        finally:
            provider.release()
