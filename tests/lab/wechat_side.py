"""The product's WeChat channel beside the lab's WeChat, each written from the provider's description alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from channels.contract import Outgoing, Parsed, Surroundings, WebhookRequest
from channels.wechat.channel import WeChatChannel
from conversations.address import Address, wechat_address
from conversations.ids import AccountId, ConversationId, DeliveryId, new_id
from conversations.parts import Part
from lab.books import Heard, Refused
from lab.people import openid_of
from tests.lab.product import Lab, Webhook
from tests.support.surroundings import SHORT_PATIENCE, MemoryFiles, MemoryTokens


@dataclass
class Side:
    """One account, seen from both sides."""

    lab: Lab
    files: MemoryFiles
    channel: WeChatChannel
    account: str

    @property
    def lilei(self) -> Address:
        """李雷, as the account knows him."""
        app_id = self.lab.world.config.account(self.account).settings["app_id"]
        return wechat_address(AccountId(self.account), openid_of(app_id, self.lab.world.people.named("李雷")))

    async def sends(self, part: Part, delivery: str = "") -> str:
        """Let the product send a part; what WeChat calls it."""
        outgoing = Outgoing(
            delivery=DeliveryId(delivery or new_id()),
            conversation=ConversationId(new_id()),
            address=self.lilei,
            part=part,
        )
        return (await self.channel.send(outgoing)).external_id

    async def says(self, **what: object) -> Parsed:
        """Let 李雷 act; what the product reads of it."""
        before = len(self.lab.product.requests)
        await self.lab.say(self.account, **what)
        return self.reads(self.lab.product.requests[before])

    async def cannot(self, **what: object) -> str:
        """Why 李雷's phone would not do this."""
        asked = {"account": self.account, "customer": "李雷", **what}
        async with self.lab.http.post("/lab/api/say", json=asked) as response:
            assert response.status == 409
            return str((await response.json())["error"])

    async def command(self, command: str, **more: object) -> object:
        """Do what only WeChat's own operator could."""
        asked = {"account": self.account, "command": command, **more}
        async with self.lab.http.post("/lab/api/command", json=asked) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    def reads(self, webhook: Webhook) -> Parsed:
        """What the product understands of a request."""
        request = self.request_of(webhook)
        self.channel.verify(request)
        return self.channel.parse(request)

    def request_of(self, webhook: Webhook) -> WebhookRequest:
        """A request as the gateway hands it over."""
        return WebhookRequest(
            method="POST",
            url=webhook.url,
            query=webhook.query,
            headers=webhook.headers,
            body=webhook.body,
            received_at=self.lab.clock(),
        )

    def heard(self) -> list[Heard]:
        """What 李雷 saw."""
        return [entry for entry in self.lab.world.books if isinstance(entry, Heard)]

    def refused(self) -> list[str]:
        """The codes by which WeChat refused."""
        return [entry.code for entry in self.lab.world.books if isinstance(entry, Refused)]


@asynccontextmanager
async def wechat_side(lab: Lab, account: str = "safe", **changes: str) -> AsyncIterator[Side]:
    """Both sides of an account."""
    async with aiohttp.ClientSession(timeout=SHORT_PATIENCE) as http:
        files = MemoryFiles()
        around = Surroundings(http, MemoryTokens(), files, lab.clock)
        settings = {**lab.world.config.account(account).settings, "api_url": str(lab.http.make_url("/wechat"))}
        yield Side(lab, files, WeChatChannel.create(AccountId(account), {**settings, **changes}, around), account)
