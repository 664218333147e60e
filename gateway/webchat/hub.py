"""The lines of this process: each visitor hears at once what was committed over their address."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from aiohttp import WSCloseCode, web

from conversations.address import Address
from conversations.events import Event, EventKind
from conversations.ids import AccountId, MessageId
from gateway.webchat.views import Json, load
from gateway.writing import AGENT
from runtime.bell import Whisper
from runtime.services import Services
from storage.database import DatabaseUnavailable

log = logging.getLogger(__name__)

BEAT = 25.0
"""Seconds of silence after which a sign of life is sent; widgets give a line up after about two of them."""

_TOLD = frozenset(
    (EventKind.MESSAGE_RECEIVED, EventKind.MESSAGE_SENT, EventKind.MESSAGE_CHANGED, EventKind.DELIVERY_CHANGED)
)


@dataclass(eq=False)
class Line:
    """One open socket. `cursor` is the position of the story that the visitor has seen."""

    socket: web.WebSocketResponse
    account_id: AccountId
    address: Address
    cursor: int = 0
    frames: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)

    def tell(self, frame: Json) -> None:
        """Have a frame sent, after those before it."""
        self.frames.put_nowait(frame)

    async def send(self) -> None:
        """Send what is told until cancelled, and a sign of life in between."""
        while True:
            try:
                frame = await asyncio.wait_for(self.frames.get(), BEAT)
            except TimeoutError:
                frame = {"kind": "beat"}
            await self.socket.send_str(orjson.dumps(frame).decode())


class Hub:
    """All lines of this process, by address."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lines: defaultdict[tuple[AccountId, Address], set[Line]] = defaultdict(set)
        self._position: int | None = None
        services.bell.on_whisper(self._overhear)

    def join(self, line: Line) -> None:
        """From now on the line hears what happens."""
        self._lines[line.account_id, line.address].add(line)
        self._services.metrics.sockets.labels("webchat").inc()

    def leave(self, line: Line) -> None:
        """The line is closed."""
        place = (line.account_id, line.address)
        self._lines[place].discard(line)
        if not self._lines[place]:
            del self._lines[place]
        self._services.metrics.sockets.labels("webchat").dec()

    async def run(self) -> None:
        """Pass on what is committed, until cancelled."""
        while True:
            try:
                async for batch in self._services.feed.follow(self._position):
                    await self._pass_on(batch)
                    self._position = batch[-1].position
            except DatabaseUnavailable as error:
                log.warning("visitors are asked to come back, news cannot be read: %s", error)
                await self.hang_up(WSCloseCode.TRY_AGAIN_LATER)
                await asyncio.sleep(1)

    async def hang_up(self, code: WSCloseCode = WSCloseCode.GOING_AWAY) -> None:
        """Close every line; widgets come back by themselves and read on from their cursors."""
        lines = [line for lines in self._lines.values() for line in lines]
        await asyncio.gather(*(line.socket.close(code=code) for line in lines))

    def _overhear(self, whisper: Whisper) -> None:
        if whisper["who"] == AGENT:
            for line in self._lines.get((AccountId(whisper["account"]), Address(whisper["address"])), ()):
                line.tell({"kind": "typing"})

    async def _pass_on(self, batch: Sequence[Event]) -> None:
        ids = {MessageId(event.message_id) for event in batch if event.kind in _TOLD and event.message_id}
        if not ids or not self._lines:
            return
        position = batch[-1].position
        news: defaultdict[tuple[AccountId, Address], list[Json]] = defaultdict(list)
        for said in await self._services.database.read(load, ids):
            news[said.account_id, said.address].append(said.view)
        for place, views in news.items():
            for line in self._lines.get(place, ()):
                _tell_news(line, views, position)


def _tell_news(line: Line, views: list[Json], position: int) -> None:
    """Older news are in the welcome already, and newer there than here."""
    if position > line.cursor:
        line.cursor = position
        line.tell({"kind": "news", "messages": views, "cursor": position})


HUB = web.AppKey("webchat_hub", Hub)
