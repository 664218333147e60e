"""Who is writing is shown to those who look, in every process, and never stored."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from channels.registry import CHANNELS
from conversations.address import Address, phone_address
from conversations.errors import ProviderUnavailable
from conversations.ids import ConversationId, new_id
from conversations.people import Role
from gateway.writing import Writing
from runtime.bell import Whisper
from runtime.loops import background
from runtime.services import open_services
from storage import conversations, events, visitors
from tests.support.eventually import soon
from tests.support.fake_channel import FakeChannel
from tests.support.gateway import Browser, Gateway, open_gateway
from tests.support.webchat_site import SETTINGS
from tests.support.webchat_site import Browser as Widget

CHAT = "chat"


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    async with open_gateway(tmp_path, redis_url) as gateway:
        await gateway.add_account()
        await gateway.add_account(CHAT, "网页", "webchat", **SETTINGS)
        yield gateway


@asynccontextmanager
async def looking_at(browser: Browser, conversation_id: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A screen with this conversation open."""
    headers = {"Origin": str(browser.http._base_url).rstrip("/")}
    async with browser.http.ws_connect("/api/v1/live?cursor=0", headers=headers) as line:
        await line.send_str(conversation_id)
        yield line


@asynccontextmanager
async def visiting(gateway: Gateway) -> AsyncIterator[tuple[Widget, ConversationId]]:
    """A visitor who has said something, and their conversation."""
    path, headers = f"/webchat/{CHAT}/socket", {"Origin": gateway.url.rstrip("/")}
    async with aiohttp.ClientSession(gateway.url) as client, client.ws_connect(path, headers=headers) as socket:
        widget = Widget(socket)
        await widget.say(kind="hello")
        visitor = (await widget.hear("welcome"))["visitor"]
        await widget.say(kind="message", id=new_id(), text="hello")
        await widget.hear("committed")
        yield widget, await conversation_of(gateway, visitor)


async def conversation_of(gateway: Gateway, visitor: str) -> ConversationId:
    found = await gateway.services.database.read(visitors.conversation_of, Address(f"web:{CHAT}/{visitor}"))
    assert found is not None
    return found


async def shown(line: aiohttp.ClientWebSocketResponse) -> str:
    """The conversation in which somebody writes, as the screen is told."""
    async with asyncio.timeout(10):
        while True:
            frame: dict[str, Any] = await line.receive_json()
            if "writing" in frame:
                return str(frame["writing"])


async def shown_while(line: aiohttp.ClientWebSocketResponse, write: Callable[[], Awaitable[None]]) -> str:
    """The same while somebody writes on: a sign that comes before the screen is known to look is not kept."""

    async def go_on() -> None:
        while True:
            await write()
            await asyncio.sleep(0.2)

    async with background(go_on):
        return await shown(line)


async def shows_nothing(line: aiohttp.ClientWebSocketResponse) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(shown(line), 0.5)


async def test_the_agent_sees_that_the_visitor_writes(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser, visiting(gateway) as visit:
        widget, conversation_id = visit
        before = await gateway.services.database.read(events.head)
        async with looking_at(browser, conversation_id) as line, looking_at(browser, new_id()) as elsewhere:
            await line.receive_json()
            await elsewhere.receive_json()
            assert await shown_while(line, lambda: widget.say(kind="typing")) == conversation_id
            await shows_nothing(elsewhere)
        assert await gateway.services.database.read(events.head) == before


async def test_outside_the_scope_nobody_is_seen_writing(gateway: Gateway) -> None:
    """Ann works in loans; she may say that she looks at a conversation of cards, and is told nothing."""
    ann = await gateway.add_user("ann")
    await gateway.add_queue("loans", ann)
    cards = await gateway.add_queue("cards")
    async with visiting(gateway) as (widget, conversation_id), gateway.signed_in(ann) as browser:
        await gateway.services.database.write(conversations.change, conversation_id, {"queue_id": cards})
        async with looking_at(browser, conversation_id) as line:
            await line.receive_json()
            await widget.say(kind="typing")
            await shows_nothing(line)


async def test_the_visitor_sees_that_an_agent_writes(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser, visiting(gateway) as visit:
        widget, conversation_id = visit
        response = await browser.post(f"/api/v1/conversations/{conversation_id}/typing")
        assert response.status == 200
        assert await widget.hear("typing") == {"kind": "typing"}


async def test_whoever_writes_is_seen_in_other_processes(gateway: Gateway, redis_url: str) -> None:
    """The agent and the visitor are on this gateway, and what they do is heard by another one."""
    root = await gateway.add_user("root", Role.ADMIN)
    async with open_services(gateway.services.settings, redis_url) as other:
        await soon(lambda: other.bell.connected and gateway.services.bell.connected, "both listen")
        async with visiting(gateway) as (widget, conversation_id), gateway.signed_in(root) as browser:
            found = await other.database.read(conversations.get, conversation_id)
            assert found is not None
            Writing(other).agent_writes(found)
            await widget.hear("typing")
            async with looking_at(browser, conversation_id) as line:
                await line.receive_json()
                writes = partial(Writing(other).customer_writes, found.account_id, found.address)
                assert await shown_while(line, writes) == conversation_id


async def test_only_the_signed_in_say_so_and_only_in_their_scope(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann")
    hidden = await gateway.hear("hello")
    async with gateway.browser() as stranger:
        assert (await stranger.post(f"/api/v1/conversations/{hidden}/typing")).status == 401
    async with gateway.signed_in(ann) as browser:
        assert (await browser.post(f"/api/v1/conversations/{hidden}/typing")).status == 404
        browser.csrf = ""
        assert (await browser.post(f"/api/v1/conversations/{hidden}/typing")).status == 403


async def test_a_provider_is_told_seldom_and_its_refusal_disturbs_nobody(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Address] = []

    class Courteous(FakeChannel):
        """A provider that could show who writes, and is busy."""

        async def tell_typing(self, address: Address) -> None:
            told.append(address)
            raise ProviderUnavailable("busy")

    monkeypatch.setitem(CHANNELS, "courteous", Courteous)
    await gateway.add_account("courteous", kind="courteous")
    conversation_id = await gateway.hear("hello", account="courteous")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        for _ in range(3):
            assert (await browser.post(f"/api/v1/conversations/{conversation_id}/typing")).status == 200
    await soon(lambda: told, "the provider is told")

    assert told == [phone_address("+8613800000001")]


async def test_whoever_repeats_themselves_is_whispered_about_once(gateway: Gateway) -> None:
    heard: list[Whisper] = []
    gateway.services.bell.on_whisper(heard.append)
    async with visiting(gateway) as (widget, conversation_id):
        for _ in range(5):
            await widget.say(kind="typing")
        await widget.say(kind="message", id="the-last-one", text="x")
        await widget.hear("committed")

    assert heard == [{"who": "customer", "conversation": conversation_id}]
