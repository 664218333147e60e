"""Web chat: the visitors' sockets and files, the widget, and a page to try it on."""

from collections.abc import AsyncIterator

from aiohttp import web

from gateway.keys import SERVICES
from gateway.limits import RateLimit
from gateway.webchat import files, pages, socket
from gateway.webchat.hub import HUB, Hub
from gateway.webchat.presence import note_presence
from runtime.loops import background


def setup(app: web.Application) -> None:
    """Add everything to the gateway's application."""
    app[HUB] = Hub(app[SERVICES])
    app[socket.FRAMES] = RateLimit(socket.FRAMES_PER_MINUTE, 60)
    app[socket.NEWCOMERS] = RateLimit(socket.NEW_VISITORS_PER_MINUTE, 60)
    app[files.UPLOADS] = RateLimit(files.UPLOADS_PER_MINUTE, 60)
    for routes in (pages.routes, socket.routes, files.routes):
        app.add_routes(routes)
    app.cleanup_ctx.append(_running)
    app.on_shutdown.append(_hang_up)


async def _running(app: web.Application) -> AsyncIterator[None]:
    hub = app[HUB]
    async with (
        background(hub.run),
        background(hub.room.run),
        background(lambda: note_presence(app[SERVICES], hub)),
    ):
        yield


async def _hang_up(app: web.Application) -> None:
    await app[HUB].hang_up()
