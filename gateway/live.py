"""The live line to a screen: what changed since the cursor it names, then everything that changes.

State is sent, not steps: the rows as they are now in the database. Applying a frame twice is harmless, and a screen
that was away for five minutes is brought to the present by the same frames as one that was never away.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Set
from contextlib import AsyncExitStack

from aiohttp import WSCloseCode, WSMsgType, web

from conversations.events import EventKind
from conversations.ids import ConversationId, UserId
from conversations.people import Role, User
from gateway.alerts import Bells
from gateway.api.codec import Json, dump
from gateway.auth import require, same_origin, session_token, user_of
from gateway.banner import Banner
from gateway.house import House
from gateway.news import Batch, News, anew, frame, load_news
from gateway.onlookers import Onlookers
from runtime.loops import background
from runtime.services import Services
from storage import events, states
from storage.database import DatabaseUnavailable

log = logging.getLogger(__name__)

BEAT = 20.0
"""Seconds between signs of life: routing believes in a screen for a few of them."""

PING = 20.0
"""Seconds between pings; a screen that does not answer within half of that is gone."""

TOO_FAR = 2_000
"""Events behind which loading the lists anew is cheaper than catching up."""

REMEMBERED = 8
"""Loads kept for other sockets that are at the same place."""

SIGNED_OUT = 4401
"""Close code: the session is over."""


class Live:
    """The sockets of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._present: dict[web.WebSocketResponse, UserId] = {}
        self.onlookers = Onlookers(services)
        self.bells = Bells(services, self._present)
        self.banner = Banner(services, self._present)
        self._loads: OrderedDict[tuple[int, int], asyncio.Task[News]] = OrderedDict()
        self._house: House | None = None

    async def run(self) -> None:
        """Note again and again who is here, until cancelled."""
        while True:
            if self._present:
                await self._note_presence()
            await asyncio.sleep(BEAT)

    async def serve(self, socket: web.WebSocketResponse, user: User, cursor: int | None, token: str) -> None:
        """Send until the socket closes, the session ends or the server stops; without a cursor alerts alone."""
        self._present[socket] = user.id
        self._services.metrics.sockets.labels("console").inc()
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = [tasks.create_task(self._beat(socket, token))]
                if cursor is not None:
                    sending.append(tasks.create_task(self._follow(socket, user, cursor)))
                await self.bells.greet(socket, user.id)
                await self.banner.greet(socket, user.id)
                await self._read(socket)
                for task in sending:
                    task.cancel()
        except* (DatabaseUnavailable, ConnectionError) as away:
            log.info("a screen is asked to come back: %s", away.exceptions[0])
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
        finally:
            self._services.metrics.sockets.labels("console").dec()
            del self._present[socket]
            self.onlookers.leave(socket)

    async def close(self) -> None:
        """Tell every screen that the server goes away; they come back by themselves."""
        for socket in list(self._present):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _follow(self, socket: web.WebSocketResponse, user: User, cursor: int) -> None:
        head = await self._services.database.read(events.head)
        if not 0 <= head - cursor <= TOO_FAR:
            cursor = head
            await _send(socket, {"reset": True, "cursor": cursor})
        async for batch in self._services.feed.follow(cursor):
            news = await self._news(batch, user.id)
            # Who the person was when the screen went away is not known: any change of set-up may have been theirs.
            is_new = batch[0].position <= head and any(event.kind is EventKind.SETUP_CHANGED for event in batch)
            await _send(socket, anew(news, user) if is_new else frame(news, user))
            user = news.house.users.get(user.id, user)

    async def _beat(self, socket: web.WebSocketResponse, token: str) -> None:
        while await self._services.people.session(token) is not None:
            await _send(socket, {"beat": self._services.clock()})
            await asyncio.sleep(BEAT)
        await socket.close(code=SIGNED_OUT)

    async def _news(self, batch: Batch, user_id: UserId) -> News:
        """Sockets at the same place share one load; one that came in between loads for itself."""
        place = (batch[0].position, batch[-1].position)
        if place not in self._loads:
            self._start_load(place, batch)
        news = await asyncio.shield(self._loads[place])
        return news if user_id in news.house.users else await self._load(batch, {user_id})

    def _start_load(self, place: tuple[int, int], batch: Batch) -> None:
        load = asyncio.create_task(self._load(batch, set(self._present.values())))
        self._loads[place] = load
        # One that failed is forgotten, so that whoever comes back tries again.
        load.add_done_callback(lambda done: done.exception() and self._loads.pop(place, None))
        while len(self._loads) > REMEMBERED:
            self._loads.popitem(last=False)

    async def _load(self, batch: Batch, asked: Set[UserId]) -> News:
        database, accounts = self._services.database, self._services.accounts
        news = await database.read(load_news, batch, asked, accounts, self._house)
        # A load that took long, or was for a screen far behind, knows less than what was learned meanwhile.
        if self._house is None or self._house.position <= news.position:
            self._house = news.house
        return news

    async def _read(self, socket: web.WebSocketResponse) -> None:
        """Until it closes: screens say which conversation they look at, and nothing else on this line."""
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.onlookers.look(socket, self._present[socket], ConversationId(message.data))

    async def _note_presence(self) -> None:
        try:
            present = set(self._present.values())
            await self._services.database.write(states.see, present, self._services.clock())
        except DatabaseUnavailable as error:
            log.warning("who is present could not be noted: %s", error)


async def _send(socket: web.WebSocketResponse, frame: Json) -> None:
    await socket.send_str(dump(frame).decode())


LIVE = web.AppKey("live", Live)

routes = web.RouteTableDef()


@routes.get("/api/v1/live")
@require(Role.AGENT)
async def connect(request: web.Request) -> web.StreamResponse:
    """Open the live line: `cursor` is the last one that the screen has seen.

    A page that needs no news names none; its line brings alerts, and says that somebody is there.
    """
    if not same_origin(request):
        raise web.HTTPForbidden(reason="This line is for our own pages.")
    cursor = request.query.get("cursor")
    if cursor is not None and not cursor.isdecimal():
        raise web.HTTPBadRequest(reason="cursor must be a number.")
    socket = web.WebSocketResponse(heartbeat=PING, max_msg_size=4096)
    await socket.prepare(request)
    position = None if cursor is None else int(cursor)
    await request.app[LIVE].serve(socket, user_of(request), position, session_token(request))
    return socket


async def running(app: web.Application) -> AsyncIterator[None]:
    """Keep the presence of people noted while the application runs."""
    here = app[LIVE]
    loops = (here.run, here.onlookers.run, here.bells.run, here.banner.run)
    async with AsyncExitStack() as stack:
        for loop in loops:
            await stack.enter_async_context(background(loop))
        yield


async def say_goodbye(app: web.Application) -> None:
    """Close the lines first, so that stopping does not wait for them."""
    await app[LIVE].close()
