"""Announcements: who waits is told once where they stand and for how long, if their queue wants it."""

from collections.abc import Mapping
from datetime import datetime

from conversations.clock import Clock
from conversations.conversation import Conversation, ConversationState
from conversations.ids import ConversationId
from conversations.parts import Part, Text
from conversations.wishes import Wish
from desk.asked import menu
from desk.automatic import AutomaticReplies
from desk.glances import Glance
from desk.waits import Paces
from desk.wishes import Wishes
from routing.engine import PRESENCE
from routing.rush.reach import present
from routing.waits import minutes
from storage import conversations, waiting
from storage.database import Connection, Database, Transaction
from storage.waiting import Place
from templates.renderer import render_shipped


class Announcements:
    """Web chat shows it all the time; everybody else gets one automatic message."""

    def __init__(
        self,
        database: Database,
        automatic: AutomaticReplies,
        wishes: Wishes,
        paces: Glance[Paces],
        clock: Clock,
        language: str,
    ) -> None:
        self._database = database
        self._automatic = automatic
        self._wishes = wishes
        self._paces = paces
        self._clock = clock
        self._language = language

    async def due(self) -> list[ConversationId]:
        """Who has to be told now."""
        return await self._database.read(waiting.untold, self._clock())

    async def tell(self, ids: list[ConversationId]) -> None:
        """Tell them where they stand. Doing it twice tells it once."""
        now, paces = self._clock(), await self._paces.take()
        places = await self._database.read(_standings, ids, now - PRESENCE)
        for conversation_id, (place, staffed) in places.items():
            known = {
                "place": place.number,
                "minutes": minutes(place.number, paces.get(place.queue_id)) if place.queue_id else None,
                "staffed": staffed,
            }
            await self._database.write(self._tell, conversation_id, known, now)

    def _tell(
        self, transaction: Transaction, conversation_id: ConversationId, known: Mapping[str, object], now: datetime
    ) -> None:
        held = conversations.lock(transaction, conversation_id)
        if held is None or held.state is not ConversationState.QUEUED or held.told_at is not None:
            return
        conversations.change(transaction, held.id, {"told_at": now})
        language = held.language or self._language
        part = self._with_ways_out(held, render_shipped("waiting/place.txt", language, known), language)
        self._automatic.tell(transaction, held, part, f"waiting-{held.id}-{now:%Y%m%d%H%M%S}", now)

    def _with_ways_out(self, held: Conversation, words: str, language: str) -> Part:
        """What else they may do: to tap on, or the words for it."""
        ways: Mapping[str, str] = {wish: self._wishes.words.shown(wish, language) for wish in Wish}
        if not all(ways.values()):
            return Text(words)
        if self._automatic.can_tap(held):
            return menu(words, ways.items())
        return Text(f"{words}\n{render_shipped('waiting/words.txt', language, dict(ways))}")


def _standings(
    connection: Connection, ids: list[ConversationId], since: datetime
) -> dict[ConversationId, tuple[Place, bool]]:
    """Where each of those that still wait stands, and whether anybody is there."""
    there = present(connection, since)
    addresses = {row.id: row.address for row in conversations.many(connection, ids).values()}
    places = waiting.places(connection, set(addresses.values()))
    return {
        conversation_id: (places[address], places[address].queue_id in there)
        for conversation_id, address in addresses.items()
        if address in places
    }
