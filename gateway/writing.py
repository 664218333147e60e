"""That somebody is writing: told to whoever sees the conversation now, in every process, and never stored."""

import asyncio
from contextlib import suppress

from aiohttp import web

from channels.contract import TypingTeller
from conversations.address import Address
from conversations.conversation import Conversation
from conversations.errors import SendError
from conversations.ids import AccountId
from gateway.limits import RateLimit
from runtime.services import Services
from storage import visitors

CUSTOMER = "customer"
AGENT = "agent"

WHISPER_EVERY = 2.0
"""Seconds between two whispers about one writer. Screens repeat themselves after 3, and forget after 6."""

TELL_EVERY = 5.0
"""Seconds between two requests to the provider of a conversation."""


class Writing:
    """Whispers who is writing, and tells it to providers that can show it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._whispers = RateLimit(1, WHISPER_EVERY)
        self._requests = RateLimit(1, TELL_EVERY)
        self._telling: set[asyncio.Task[None]] = set()

    async def customer_writes(self, account_id: AccountId, address: Address) -> None:
        """Whoever looks at this customer's conversation sees it. Raises `DatabaseUnavailable`."""
        if not self._whispers.allows(f"{account_id} {address}"):
            return
        conversation_id = await self._services.database.read(visitors.conversation_of, address)
        if conversation_id is not None:
            self._services.bell.whisper({"who": CUSTOMER, "conversation": conversation_id})

    def agent_writes(self, conversation: Conversation) -> None:
        """The customer sees it where they wrote last, if the channel has a way to show it."""
        account_id, address = conversation.account_id, conversation.address
        if self._whispers.allows(conversation.id):
            self._services.bell.whisper({"who": AGENT, "account": account_id, "address": address})
        endpoint = self._services.accounts.get(account_id)
        if endpoint and isinstance(endpoint.channel, TypingTeller) and self._requests.allows(conversation.id):
            self._begin(endpoint.channel, address)

    async def close(self) -> None:
        """Let go of what is still being told."""
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    def _begin(self, channel: TypingTeller, address: Address) -> None:
        task = asyncio.create_task(_tell(channel, address))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


async def _tell(channel: TypingTeller, address: Address) -> None:
    # A courtesy: when it fails there is nothing for anybody to repair.
    with suppress(SendError):
        await channel.tell_typing(address)


WRITING = web.AppKey("writing", Writing)


async def say_nothing_more(app: web.Application) -> None:
    """The server stops."""
    await app[WRITING].close()
