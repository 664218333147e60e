"""A gateway with one web chat, on real services, as visitors' browsers meet it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from conversations.account import Account
from conversations.clock import Clock, utc_now
from conversations.conversation import Conversation
from conversations.ids import AccountId, new_id
from conversations.message import Message
from conversations.parts import Part, Text
from conversations.people import Role, User, scope_of
from gateway.app import create_app
from gateway.webchat.hub import HUB
from runtime.loops import background
from runtime.services import Services, open_services
from runtime.settings import Settings
from storage import accounts, inbox, messages, people
from storage.database import Transaction
from storage.inbox import View
from tests.support.builders import a_user
from tests.support.schema import prepared

SITE_SECRET = "a site secret for tests"
VISITOR_SECRET = "a visitor secret for tests"
ORIGIN = "https://bank.example"
SETTINGS = {"site_secret": SITE_SECRET, "visitor_secret": VISITOR_SECRET, "origins": ORIGIN, "greeting": "您好"}


class Browser:
    """A widget without a page: says frames and hears them."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, **frame: Any) -> None:
        """Send a frame."""
        await self.socket.send_json(frame)

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next frame of this kind."""
        async with asyncio.timeout(10):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.receive_str())
                if frame["kind"] == kind:
                    return frame

    async def hear_messages(self, *texts: str) -> list[dict[str, Any]]:
        """News until each of these texts was among them."""
        heard: list[dict[str, Any]] = []
        while not set(texts) <= {part.get("text") for message in heard for part in message["parts"]}:
            heard += (await self.hear("news"))["messages"]
        return heard


@dataclass(frozen=True)
class Gateway:
    """A gateway, a client for it, and an agent who sees everything."""

    services: Services
    server: TestServer
    client: aiohttp.ClientSession
    agent: User

    async def open_site(self, **settings: str) -> "Site":
        """A new chat account on this gateway."""
        account = AccountId(new_id())
        await self.services.database.write(_add_account, self.services, account, settings)
        await self.services.accounts.load()
        return Site(self, account)


@dataclass(frozen=True)
class Site:
    """One chat account, and its visitors."""

    gateway: Gateway
    account: AccountId

    @property
    def services(self) -> Services:
        """What the gateway works with."""
        return self.gateway.services

    @property
    def client(self) -> aiohttp.ClientSession:
        """For requests like a browser's."""
        return self.gateway.client

    @property
    def url(self) -> str:
        """Where the chat's addresses begin."""
        return str(self.gateway.server.make_url(f"/webchat/{self.account}"))

    @asynccontextmanager
    async def browser(self, *, origin: str = ORIGIN, **hello: Any) -> AsyncIterator[tuple[Browser, dict[str, Any]]]:
        """A visitor who said hello, and the welcome."""
        async with self.client.ws_connect(f"{self.url}/socket", headers={"Origin": origin}) as socket:
            browser = Browser(socket)
            await browser.say(kind="hello", **hello)
            yield browser, await browser.hear("welcome")

    async def conversations(self) -> list[Conversation]:
        """Every conversation of this account."""
        agent = self.gateway.agent
        found = await self.services.database.read(inbox.listed, scope_of(agent), View.OPEN)
        return [each for each in found if each.account_id == self.account]

    async def said(self) -> list[Message]:
        """Everything that was said in the only conversation there is."""
        (conversation,) = await self.conversations()
        return await self.services.database.read(messages.of_conversation, conversation.id)

    async def reply(self, *parts: Part | str) -> Message:
        """The agent answers in the only conversation there is."""
        (conversation,) = await self.conversations()
        said = tuple(Text(part) if isinstance(part, str) else part for part in parts)
        return await self.services.desk.reply(self.gateway.agent, conversation.id, said, key=new_id())

    def look(self) -> None:
        """Have everybody told where they stand, instead of waiting until it is looked."""
        self.gateway.server.app[HUB].room.ring()

    async def hang_up(self) -> None:
        """Drop every line, as a restart of the gateway does."""
        await self.gateway.server.app[HUB].hang_up()


@asynccontextmanager
async def running_gateway(
    folder: Path, redis_url: str, clock: Clock = utc_now, **settings: str
) -> AsyncIterator[Gateway]:
    """A gateway with delivery, without a router: nothing here depends on who answers."""
    made = Settings.from_env({"HUILIU_DATA_DIR": str(folder), **settings})
    await prepared(made.database_url)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(made, redis_url, clock))
        agent = a_user(role=Role.SUPERVISOR)
        await services.database.write(people.add, agent, "", utc_now(), "test")
        await stack.enter_async_context(background(services.interactive.run))
        server = TestServer(create_app(services))
        await stack.enter_async_context(server)
        client = await stack.enter_async_context(aiohttp.ClientSession())
        yield Gateway(services, server, client, agent)


def _add_account(transaction: Transaction, services: Services, account: AccountId, settings: Mapping[str, str]) -> None:
    chat = Account(id=account, kind="webchat", name="Chat", settings={**SETTINGS, **settings})
    accounts.add(transaction, services.vault, chat, utc_now(), "test")
