"""The gateway process: webhooks, sockets, console, mail listener, router and interactive delivery."""

import contextlib
import gc
import sys
from collections.abc import AsyncIterator
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import web

from gateway.app import create_app
from gateway.mail import mail_listener, mail_problem
from huiliu.opening import prepare
from routing.router import Router
from runtime.loops import background
from runtime.services import Services, open_services
from runtime.settings import Settings

SHUTDOWN_SECONDS = 10.0

TURN = 0.0002
"""Seconds that a thread may keep the interpreter while another wants it. SQLite's threads want it back after each
statement; with Python's 5 ms a transaction of ten statements waits for the event loop ten times."""


@contextlib.asynccontextmanager
async def gateway(settings: Settings, redis_url: str) -> AsyncIterator[Services]:
    """Everything a gateway does, for the length of the `with`. Yields what it works with."""
    await prepare(settings)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(TURN)
        services = await stack.enter_async_context(open_services(settings, redis_url))
        zone = ZoneInfo(settings.time_zone)
        say = services.automatic.say
        router = Router(services.database, services.feed.follow, services.clock, services.holder, zone, say=say)
        for loop in (router.run, services.interactive.run, services.fetcher.run, services.intake.run):
            await stack.enter_async_context(background(loop))
        listener = await stack.enter_async_context(mail_listener(services))
        app = create_app(services, {"mail": partial(mail_problem, listener)})
        await stack.enter_async_context(_site(app, settings))
        # What is loaded by now stays. The collector would walk through all of it now and then, and nothing else runs
        # in that quarter of a second.
        gc.freeze()
        stack.callback(gc.unfreeze)
        yield services


@contextlib.asynccontextmanager
async def _site(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        yield
    finally:
        await runner.cleanup()
