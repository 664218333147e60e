"""The lab as one web application: the providers' APIs, its own API, its page, and the customers' mail server."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from conversations.clock import Clock, utc_now
from lab.api import LabApi
from lab.books import Books
from lab.config import LabConfig
from lab.errands import Errands
from lab.media import MediaStore
from lab.misbehaviour import Manners
from lab.people import People
from lab.providers import PROVIDERS
from lab.webhook import Webhooks
from lab.world import Playing, World

PAGES = Path(__file__).parent / "pages"
LARGEST_REQUEST = 16 * 1024 * 1024
POLICY = "default-src 'self'; img-src 'self' data: blob:; frame-src http: https:; frame-ancestors 'none'"


@asynccontextmanager
async def run_lab(config: LabConfig, clock: Clock = utc_now) -> AsyncIterator[World]:
    """Run the lab inside the running loop until the context ends."""
    async with open_lab(config, clock) as (world, providers):
        runner = web.AppRunner(make_app(world, providers), shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, config.host, config.port).start()
            yield world
        finally:
            await runner.cleanup()


@asynccontextmanager
async def open_lab(config: LabConfig, clock: Clock = utc_now) -> AsyncIterator[tuple[World, Mapping[str, Playing]]]:
    """Open the books, the way out to the product and the providers' own servers; closed in the opposite order."""
    async with AsyncExitStack() as stack:
        books = stack.enter_context(Books(config.data_folder / "books.jsonl"))
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        errands = Errands()
        stack.push_async_callback(errands.stop)
        world = World(
            config=config,
            clock=clock,
            books=books,
            people=People(books),
            media=MediaStore(config.data_folder / "media", books, clock),
            manners=Manners(PROVIDERS),
            webhooks=Webhooks(http, books, clock),
            errands=errands,
        )
        providers = {kind: play(world) for kind, play in PROVIDERS.items()}
        for playing in providers.values():
            if playing.server is not None:
                await stack.enter_async_context(playing.server())
        yield world, providers


def make_app(world: World, providers: Mapping[str, Playing]) -> web.Application:
    """The HTTP side of an open lab."""
    api = LabApi(world, providers)
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.add_routes([*api.routes(), *(route for playing in providers.values() for route in playing.routes)])
    app.add_routes([web.get("/", _front_page), web.static("/lab/pages", PAGES)])
    app.on_response_prepare.append(_set_policy)
    app.on_shutdown.append(lambda _app: _end(api))
    return app


async def _end(api: LabApi) -> None:
    api.close_streams()


async def _front_page(request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGES / "index.html", headers={"Cache-Control": "no-cache"})


async def _set_policy(request: web.Request, response: web.StreamResponse) -> None:
    if response.content_type == "text/html":
        response.headers["Content-Security-Policy"] = POLICY
