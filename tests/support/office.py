"""A running product with everybody at their place: customers, visitors of the web chat, an agent who is ready."""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
from yarl import URL

from conversations.ids import new_id
from lab.api import SAMPLE
from lab.books import Heard, Option
from tests.support.agent import Agent, Screen, browser
from tests.support.comparison import Books
from tests.support.eventually import PATIENCE, eventually
from tests.support.lab_desk import LabDesk
from tests.support.product import Product, sign_in_link
from tests.support.stored import Stored, read_stored
from tests.support.visitor import Visitor, signed

Json = dict[str, Any]

KINDS = (
    "wechat",
    "wecom",
    "sms_aliyun",
    "sms_tencent",
    "sms_twilio",
    "sms_smpp",
    "sms_cmpp",
    "email",
    "webchat",
    "telegram",
    "custom",
)

WORDS_ONLY = frozenset(("sms_aliyun", "sms_tencent", "sms_smpp", "sms_cmpp"))
"""Channels on which we can send no pictures."""

QUEUE = "客户服务 Customer service"
AGENT = "韩梅梅"
DIGITS = 8


class Customer(Protocol):
    """Somebody who writes to us, whatever they write with."""

    async def writes(self, text: str, *, picture: bool = False) -> None:
        """Say something that is taken."""

    async def sees(self, text: str) -> None:
        """Wait until a message of ours with these words is there."""

    async def sees_picture(self) -> None:
        """Wait until a picture of ours is there."""

    async def sees_file(self, content: bytes) -> None:
        """Wait until a file of ours with these very bytes is there."""

    async def rates(self, score: int) -> None:
        """Wait for the survey, and answer it as one does on this channel."""


@dataclass
class Correspondent:
    """A customer of WeChat, SMS or mail, played by the lab."""

    lab: LabDesk
    kind: str
    name: str

    async def writes(self, text: str, *, picture: bool = False) -> None:
        """A phone sends words and pictures apart, a mail together."""
        image = {"image": "sample"} if picture else {}
        if self.kind == "email":
            await self.lab.say(self.kind, self.name, text=text, subject=text, **image)
            return
        await self.lab.say(self.kind, self.name, text=text)
        if picture:
            await self.lab.say(self.kind, self.name, **image)

    async def sees(self, text: str) -> None:
        """Read it on the phone."""
        await self._sees(lambda heard: text in heard.text, text)

    async def sees_picture(self) -> None:
        """A picture that the lab could open."""
        await self._sees(lambda heard: bool(heard.medium), "a picture")

    async def sees_file(self, content: bytes) -> None:
        """Open it."""
        heard = await self._sees(lambda heard: bool(heard.medium), "a file")
        assert await self.lab.medium(heard.medium) == content

    async def rates(self, score: int) -> None:
        """A tap where there are menus, a digit elsewhere."""
        asked = await self._sees(lambda heard: "1–5" in heard.text or bool(heard.options), "a survey")
        if asked.options:
            option: Option = asked.options[score - 1]
            await self.lab.say(self.kind, self.name, choice=option.id, text=option.label)
        else:
            reply_to = {"reply_to": asked.id} if self.kind == "email" else {}
            await self.lab.say(self.kind, self.name, text=str(score), **reply_to)

    async def unsubscribes_at(self) -> str:
        """Wait for a mail that can be unsubscribed from with one click (RFC 8058); the path of its link."""
        heard = await self._sees(lambda heard: "https://" in heard.unsubscribe, "a mail with a link to unsubscribe")
        return URL(re.findall(r"<(https://[^>]+)>", heard.unsubscribe)[0]).raw_path

    async def _sees(self, is_it: Any, about: str) -> Heard:
        async def look() -> Heard | None:
            return next(filter(is_it, await self.lab.heard(self.kind, self.name)), None)

        return await eventually(look, f"{self.name} sees {about}")


@dataclass
class ChatCustomer:
    """A customer of the web chat; what they see is confirmed as delivered and read, as the widget does it."""

    visitor: Visitor
    kind: str = "webchat"

    async def writes(self, text: str, *, picture: bool = False) -> None:
        """Words and picture are one message."""
        attachments = [await self.visitor.upload(SAMPLE.read_bytes(), "屏幕.jpg")] if picture else []
        await self.visitor.say(text, attachments=attachments)

    async def sees(self, text: str) -> None:
        """Read it in the page."""
        await self._confirm(await self.visitor.sees(text))

    async def sees_picture(self) -> None:
        """A picture in the page."""
        await self._confirm(await self.visitor.sees_picture())

    async def sees_file(self, content: bytes) -> None:
        """A file in the page."""
        await self._confirm(await self.visitor.sees_file(hashlib.sha256(content).hexdigest()))

    async def rates(self, score: int) -> None:
        """One tap."""
        menu = await self.visitor.sees_menu()
        await self._confirm(menu)
        await self.visitor.say(choice=menu["options"][score - 1])

    async def _confirm(self, part: Json) -> None:
        for status in ("delivered", "read"):
            await self.visitor.note(part, status)


@dataclass
class Office:
    """Everything a test needs at one product."""

    product: Product
    lab: LabDesk
    http: aiohttp.ClientSession
    agent: Agent
    screen: Screen
    visitors: list[Visitor] = field(default_factory=list)
    promised: list[str] = field(default_factory=list)

    async def customer(self, kind: str) -> Customer:
        """Somebody new."""
        if kind == "webchat":
            return ChatCustomer(await self.visitor())
        made = await self.lab.post("customers", {"name": f"客户{new_id()[-DIGITS:]}"})
        return Correspondent(self.lab, kind, made["name"])

    async def visitor(self, **claims: str) -> Visitor:
        """A browser at the web chat; with claims it is signed in at the site."""
        account = self.lab.account("webchat")
        secret = self.lab.config.account(account).settings["site_secret"]
        hello = signed(secret, {**claims, "exp": int(time.time()) + 3600}) if claims else {}
        visitor = Visitor(self.http, self.product.url, account, **hello)
        self.visitors.append(visitor)
        await visitor.open()
        return visitor

    async def reply(self, conversation: str, text: str, files: list[Json] | None = None) -> Json:
        """The agent answers; what the API accepted is a promise."""
        message = await self.agent.reply(conversation, text, files)
        self.promised.append(message["id"])
        return message

    async def books(self) -> Books:
        """The lab's books and the visitors' own."""
        entries = [*await self.lab.books(), *(entry for each in self.visitors for entry in each.books)]
        return Books(entries, self.lab.config, self.promised)

    async def stored(self) -> Stored:
        """The database."""
        return await read_stored(self.product.settings.database_url)

    async def is_quiet(self, within: float = PATIENCE) -> Stored:
        """Wait until everything is sent and everybody has a place; the database then."""
        await self.lab.settle()

        async def look() -> Stored | None:
            stored = await self.stored()
            return None if stored.under_way() or stored.unplaced else stored

        return await eventually(look, "everything is sent and has a place", within)


@asynccontextmanager
async def opened(product: Product, *, login: str = "mei", capacity: int = 1000) -> AsyncIterator[Office]:
    """Let an agent in at the last gateway of a running product, and have their screen follow."""
    async with browser() as http:
        lab = LabDesk(http, product.lab_url, product.lab_config)
        agent = Agent(http, product.gateways[-1])
        words = ["user", "add", login, "--name", AGENT, "--queue", QUEUE, "--capacity", str(capacity)]
        await agent.come_in(sign_in_link(await asyncio.to_thread(product.command, *words)))
        screen = Screen(agent, await agent.cursor())
        screen.connect()
        await agent.state("ready")
        office = Office(product, lab, http, agent, screen)
        try:
            yield office
        finally:
            await asyncio.gather(screen.drop(), *(visitor.close() for visitor in office.visitors))
