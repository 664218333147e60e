"""Who looks at which conversation, to be shown while its customer writes."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from aiohttp import web

from conversations.ids import ConversationId, UserId
from conversations.people import scope_of
from gateway.api.codec import dump
from gateway.writing import CUSTOMER
from runtime.bell import Whisper
from runtime.services import Services
from storage import conversations, people
from storage.database import Connection, DatabaseUnavailable

MOST_OVERHEARD = 200
"""Whispers that wait to be shown; those beyond are too late to be of use."""


class Onlookers:
    """The screens of this process that have a conversation open."""

    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._looks: dict[web.WebSocketResponse, tuple[UserId, ConversationId]] = {}
        self._writers: asyncio.Queue[ConversationId] = asyncio.Queue(MOST_OVERHEARD)
        services.bell.on_whisper(self._overhear)

    def look(self, socket: web.WebSocketResponse, user_id: UserId, conversation_id: ConversationId) -> None:
        """This screen shows this conversation now, and no other."""
        self._looks[socket] = (user_id, conversation_id)

    def leave(self, socket: web.WebSocketResponse) -> None:
        """The screen is closed."""
        self._looks.pop(socket, None)

    async def run(self) -> None:
        """Show who is writing, until cancelled."""
        while True:
            conversation_id = await self._writers.get()
            with suppress(DatabaseUnavailable):
                await self._show(conversation_id)

    def _overhear(self, whisper: Whisper) -> None:
        if whisper["who"] == CUSTOMER and self._looking_at(ConversationId(whisper["conversation"])):
            with suppress(asyncio.QueueFull):
                self._writers.put_nowait(ConversationId(whisper["conversation"]))

    def _looking_at(self, conversation_id: ConversationId) -> dict[web.WebSocketResponse, UserId]:
        return {socket: user_id for socket, (user_id, looks) in self._looks.items() if looks == conversation_id}

    async def _show(self, conversation_id: ConversationId) -> None:
        looking = self._looking_at(conversation_id)
        # Anybody can say that they look at something.
        allowed = await self._database.read(_who_sees, conversation_id, looking.values())
        await asyncio.gather(*(_tell(socket, conversation_id) for socket, user in looking.items() if user in allowed))


def _who_sees(connection: Connection, conversation_id: ConversationId, users: Iterable[UserId]) -> set[UserId]:
    found = conversations.get(connection, conversation_id)
    looking = people.many(connection, users).values()
    return set() if found is None else {user.id for user in looking if scope_of(user).sees(found)}


async def _tell(socket: web.WebSocketResponse, conversation_id: ConversationId) -> None:
    # A screen that is gone or slow must not keep this from the others.
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(1):
            await socket.send_str(dump({"writing": conversation_id}).decode())
