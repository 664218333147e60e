"""What visitors are told while they wait: their place in line and for how long, or honestly that nobody is there."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from conversations.address import Address
from conversations.events import Event, EventKind
from conversations.ids import QueueId
from desk.waits import Paces
from gateway.webchat.lines import Line
from routing.engine import PRESENCE
from routing.rush.reach import present
from routing.waits import minutes
from runtime.services import Services
from storage import waiting
from storage.database import Connection, DatabaseUnavailable
from storage.waiting import Place

log = logging.getLogger(__name__)

LOOK_EVERY = 15.0
"""Seconds: that a screen went away is no event."""

AT_MOST_EVERY = 1.0
"""Seconds between two looks, however much happens."""

_MOVES = frozenset(
    (
        EventKind.CONVERSATION_OPENED,
        EventKind.CONVERSATION_QUEUED,
        EventKind.CONVERSATION_ASSIGNED,
        EventKind.CONVERSATION_RESOLVED,
        EventKind.CONVERSATION_REOPENED,
        EventKind.CONVERSATION_CLOSED,
        EventKind.CONVERSATION_WISHED,
        EventKind.AGENT_STATE_CHANGED,
        EventKind.SETUP_CHANGED,
        EventKind.QUEUES_MERGED,
        EventKind.QUEUES_PARTED,
        EventKind.OVERFLOW_BEGAN,
        EventKind.OVERFLOW_ENDED,
    )
)
"""Events after which somebody may stand elsewhere."""


@dataclass(frozen=True)
class Board:
    """Who stands where, which queues are worked in, and how fast their lines move."""

    places: Mapping[Address, Place]
    staffed: Set[QueueId]
    paces: Paces

    def standing(self, address: Address) -> dict[str, object]:
        """What the visitor at this address is told; `position` 0: they do not wait; `minutes` None: nobody knows."""
        place = self.places.get(address, NOWHERE)
        pace = self.paces.get(place.queue_id) if place.queue_id else None
        return {
            "position": place.number,
            "staffed": place.queue_id in self.staffed if place.queue_id else bool(self.staffed),
            "minutes": minutes(place.number, pace),
            "wish": place.wish,
        }


NOWHERE = Place(None, 0)


class WaitingRoom:
    """Tells every open line where it stands, whenever that changes."""

    def __init__(self, services: Services, lines: Callable[[], Iterable[Line]]) -> None:
        self._services = services
        self._lines = lines
        self._due = asyncio.Event()

    def hear(self, batch: Sequence[Event]) -> None:
        """Something was committed."""
        if any(event.kind in _MOVES for event in batch):
            self.ring()

    def ring(self) -> None:
        """Look soon."""
        self._due.set()

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._due.wait()
            self._due.clear()
            try:
                await self._tell()
            except DatabaseUnavailable as error:
                log.info("visitors are not told where they stand: %s", error)
            await asyncio.sleep(AT_MOST_EVERY)

    async def _tell(self) -> None:
        addresses = {line.address for line in self._lines()}
        if not addresses:
            return
        paces, since = await self._services.paces.take(), self._services.clock() - PRESENCE
        board = await self._services.database.read(_board, addresses, since, paces)
        for line in self._lines():
            line.stand(board.standing(line.address))


def _board(connection: Connection, addresses: Set[Address], since: datetime, paces: Paces) -> Board:
    return Board(waiting.places(connection, addresses), present(connection, since).keys(), paces)
