"""The lab as one web application: the providers' APIs, its own API, its page, and the customers' mail server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from conversations.clock import Clock, utc_now
from lab.aliyun import Aliyun
from lab.aliyun_reports import AliyunReports, SmsPhone
from lab.api import LabApi
from lab.books import Books
from lab.config import LabConfig
from lab.errands import Errands
from lab.mail import Mailboxes, open_inbox
from lab.media import MediaStore
from lab.misbehaviour import Manners
from lab.people import People
from lab.webhook import Webhooks
from lab.wechat import WeChat
from lab.wechat_push import WeChatPhone
from lab.wechat_windows import Windows
from lab.world import Provider, World

PAGES = Path(__file__).parent / "pages"
LARGEST_REQUEST = 16 * 1024 * 1024
POLICY = "default-src 'self'; img-src 'self' data: blob:; frame-src http: https:; frame-ancestors 'none'"


@asynccontextmanager
async def run_lab(config: LabConfig, clock: Clock = utc_now) -> AsyncIterator[World]:
    """Run the lab inside the running loop until the context ends."""
    async with open_world(config, clock) as world:
        runner = web.AppRunner(make_app(world), shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, config.host, config.port).start()
            yield world
        finally:
            await runner.cleanup()


@asynccontextmanager
async def open_world(config: LabConfig, clock: Clock = utc_now) -> AsyncIterator[World]:
    """Open the books, the mail server and the way out to the product; closed in the opposite order."""
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
            manners=Manners(),
            webhooks=Webhooks(http, books, clock),
            errands=errands,
        )
        inbox = await open_inbox(world)
        stack.push_async_callback(inbox.wait_closed)
        stack.callback(inbox.close)
        yield world


def make_app(world: World) -> web.Application:
    """The HTTP side of an open world."""
    windows = Windows(frozenset(each.id for each in world.config.of_kind("wechat")), world.books, world.clock)
    wechat = WeChat(world, windows)
    phones: dict[str, Provider] = {
        "wechat": WeChatPhone(world, windows),
        "sms_aliyun": SmsPhone(world),
        "email": Mailboxes(world),
    }
    api = LabApi(world, phones, wechat.tokens)
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.add_routes([*wechat.routes(), *Aliyun(world, AliyunReports(world)).routes(), *api.routes()])
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
