"""The lines of this process: each visitor hears at once what was committed over their address."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence

from aiohttp import WSCloseCode, web

from conversations.address import Address
from conversations.events import Event, EventKind
from conversations.ids import AccountId, MessageId
from gateway.webchat.lines import Line
from gateway.webchat.views import Json, load
from gateway.webchat.waiting import WaitingRoom
from gateway.writing import AGENT
from runtime.bell import Whisper
from runtime.services import Services
from storage.database import DatabaseUnavailable

log = logging.getLogger(__name__)

_TOLD = frozenset(
    (EventKind.MESSAGE_RECEIVED, EventKind.MESSAGE_SENT, EventKind.MESSAGE_CHANGED, EventKind.DELIVERY_CHANGED)
)


class Hub:
    """All lines of this process, by address."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lines: defaultdict[tuple[AccountId, Address], set[Line]] = defaultdict(set)
        self._position: int | None = None
        self.room = WaitingRoom(services, self.lines)
        services.bell.on_whisper(self._overhear)

    def join(self, line: Line) -> None:
        """From now on the line hears what happens."""
        self._lines[line.account_id, line.address].add(line)
        self._services.metrics.sockets.labels("webchat").inc()

    def lines(self) -> list[Line]:
        """Every open line."""
        return [line for lines in self._lines.values() for line in lines]

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
                    self.room.hear(batch)
                    await self._pass_on(batch)
                    self._position = batch[-1].position
            except DatabaseUnavailable as error:
                log.warning("visitors are asked to come back, news cannot be read: %s", error)
                await self.hang_up(WSCloseCode.TRY_AGAIN_LATER)
                await asyncio.sleep(1)

    async def hang_up(self, code: WSCloseCode = WSCloseCode.GOING_AWAY) -> None:
        """Close every line; widgets come back by themselves and read on from their cursors."""
        await asyncio.gather(*(line.socket.close(code=code) for line in self.lines()))

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
