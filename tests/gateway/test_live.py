"""The live line: a screen that follows it equals the database, however often and however long it was away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from conversations.clock import utc_now
from conversations.ids import new_id
from conversations.people import Role
from gateway import live
from storage import conversations, events, queues, states
from tests.support.gateway import Browser, Gateway, open_gateway

PATIENCE = 20


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str, database_url: str) -> AsyncIterator[Gateway]:
    async with open_gateway(tmp_path, redis_url, database_url=database_url) as gateway:
        await gateway.add_account()
        yield gateway


class Screen:
    """What a browser knows: rows by id and messages by id, as the frames say."""

    def __init__(self, browser: Browser, cursor: int | None) -> None:
        self.browser = browser
        self.cursor = cursor
        self.rows: dict[str, Any] = {}
        self.messages: dict[str, Any] = {}
        self.counts: dict[str, int] = {}
        self.resets = 0
        self.persons: set[str] = set()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """The line, from the cursor that was seen last."""
        origin = str(self.browser.http._base_url).rstrip("/")
        path = "/api/v1/live" if self.cursor is None else f"/api/v1/live?cursor={self.cursor}"
        async with self.browser.http.ws_connect(path, headers={"Origin": origin}) as line:
            yield line

    async def read_until(self, line: aiohttp.ClientWebSocketResponse, position: int) -> None:
        """Apply frames until everything up to this event was seen."""
        async with asyncio.timeout(PATIENCE):
            while (self.cursor or 0) < position:
                self.apply(await line.receive_json())

    async def catch_up(self, position: int) -> None:
        """Connect, read, disconnect."""
        async with self.connected() as line:
            await self.read_until(line, position)

    def apply(self, frame: dict[str, Any]) -> None:
        """Frames bring state; a beat brings nothing."""
        self.cursor = frame.get("cursor", self.cursor)
        self.resets += frame.get("reset", False)
        self.rows |= {row["id"]: row for row in frame.get("conversations", ())}
        self.messages |= {message["id"]: message for message in frame.get("messages", ())}
        self.counts |= frame.get("counts", {})
        self.persons |= set(frame.get("persons", ()))
        for gone in frame.get("removed", ()):
            self.rows.pop(gone, None)


async def screen_of(browser: Browser) -> Screen:
    """A screen that has just loaded its list."""
    page = await browser.json("/api/v1/conversations?view=open")
    screen = Screen(browser, page["cursor"])
    screen.rows = {row["id"]: row for row in page["conversations"]}
    return screen


async def head(gateway: Gateway) -> int:
    """The position of the newest event."""
    return await gateway.services.database.read(events.head)


async def test_what_a_customer_says_is_on_the_screen(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        screen = await screen_of(browser)
        async with screen.connected() as line:
            conversation_id = await gateway.hear("你好")
            await screen.read_until(line, await head(gateway))
    assert screen.rows[conversation_id]["preview"] == "你好"
    assert [message["parts"][0]["text"] for message in screen.messages.values()] == ["你好"]
    assert screen.counts["unassigned"] == 1


async def test_after_a_drop_the_screen_equals_the_database(gateway: Gateway) -> None:
    """While the line is down customers write, and a colleague answers, takes and resolves."""
    root = await gateway.add_user("root", Role.ADMIN)
    first, second = await gateway.hear("one", "+8613800000001"), await gateway.hear("two", "+8613800000002")
    async with gateway.signed_in(root) as browser, gateway.signed_in(root) as colleague:
        screen = await screen_of(browser)
        async with screen.connected():
            pass
        await gateway.hear("three", "+8613800000003")
        await gateway.hear("one more", "+8613800000001")
        key = {"key": new_id()}
        await colleague.post(f"/api/v1/conversations/{first}/replies", {"text": "Hello", **key})
        await colleague.post(f"/api/v1/conversations/{second}/resolve", {"reason": "spam"})
        await screen.catch_up(await head(gateway))
        loaded = [await browser.json(f"/api/v1/conversations?view={view}") for view in ("open", "resolved")]
        view = await browser.json(f"/api/v1/conversations/{first}")
    rows = {row["id"]: row for page in loaded for row in page["conversations"]}
    assert screen.rows == rows
    assert screen.counts == loaded[0]["counts"]
    said = {message["id"]: message for message in view["messages"] if message["id"] in screen.messages}
    assert [message["parts"][0]["text"] for message in said.values()] == ["one more", "Hello"]
    assert said == {found: screen.messages[found] for found in said}


async def test_seeing_everything_twice_changes_nothing(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        screen = await screen_of(browser)
        start = screen.cursor
        await gateway.hear("one")
        await screen.catch_up(await head(gateway))
        once = (dict(screen.rows), dict(screen.messages))
        screen.cursor = start
        await screen.catch_up(await head(gateway))
    assert (len(screen.rows), len(screen.messages)) == (1, 1)
    assert (screen.rows, screen.messages) == once


async def test_what_leaves_the_scope_leaves_the_screen(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann")
    loans, cards = await gateway.add_queue("loans", ann), await gateway.add_queue("cards")
    conversation_id = await gateway.hear("hello")
    await gateway.services.database.write(conversations.change, conversation_id, {"queue_id": loans})
    root = await gateway.user(await gateway.add_user("root", Role.ADMIN))
    async with gateway.signed_in(ann) as browser:
        screen = await screen_of(browser)
        before = set(screen.rows)
        await gateway.services.desk.transfer_to_queue(root, conversation_id, cards, "")
        await gateway.hear("more")
        await screen.catch_up(await head(gateway))
    assert (before, screen.rows, screen.messages) == ({conversation_id}, {}, {})


async def test_what_comes_into_sight_is_to_be_loaded_whole(gateway: Gateway) -> None:
    """The customer's words went by before the conversation had a queue that the agent may see."""
    ann = await gateway.add_user("ann")
    loans = await gateway.add_queue("loans", ann)
    root = await gateway.user(await gateway.add_user("root", Role.ADMIN))
    async with gateway.signed_in(ann) as browser:
        screen = await screen_of(browser)
        conversation_id = await gateway.hear("hello")
        await screen.catch_up(await head(gateway))
        before = set(screen.persons)
        await gateway.services.desk.transfer_to_queue(root, conversation_id, loans, "")
        await screen.catch_up(await head(gateway))
    conversation = await gateway.services.database.read(conversations.get, conversation_id)
    assert conversation is not None
    assert (before, screen.persons, set(screen.rows)) == (set(), {conversation.contact_id}, {conversation_id})


async def test_nothing_outside_the_scope_is_sent(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        screen = await screen_of(browser)
        await gateway.hear("secret")
        await screen.catch_up(await head(gateway))
    assert (screen.rows, screen.messages, screen.counts["open"]) == ({}, {}, 0)


async def test_a_new_queue_of_mine_loads_the_lists_anew(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann")
    loans = await gateway.add_queue("loans")
    async with gateway.signed_in(ann) as browser:
        screen = await screen_of(browser)
        async with screen.connected() as line:
            members = frozenset((ann.id,))
            await gateway.services.database.write(queues.set_members, loans, members, utc_now(), "test")
            await screen.read_until(line, await head(gateway))
    assert screen.resets == 1


async def test_a_set_up_change_while_away_loads_the_lists_anew(gateway: Gateway) -> None:
    """Who Ann was before the drop is not known any more."""
    ann = await gateway.add_user("ann")
    loans = await gateway.add_queue("loans")
    async with gateway.signed_in(ann) as browser:
        screen = await screen_of(browser)
        await gateway.services.database.write(queues.set_members, loans, frozenset((ann.id,)), utc_now(), "test")
        await screen.catch_up(await head(gateway))
    assert screen.resets == 1


@pytest.mark.parametrize("cursor", [10_000_000, 0])
async def test_a_cursor_that_leads_nowhere_loads_the_lists_anew(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, cursor: int
) -> None:
    """One is from another database, the other is too far behind to catch up."""
    monkeypatch.setattr(live, "TOO_FAR", 1)
    await gateway.hear("hello")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        screen = Screen(browser, cursor)
        async with screen.connected() as line, asyncio.timeout(PATIENCE):
            while not screen.resets:
                screen.apply(await line.receive_json())
    assert screen.cursor == await head(gateway)


async def test_other_sites_get_no_line(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        for origin in ({"Origin": "https://evil.example"}, {}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await browser.http.ws_connect("/api/v1/live?cursor=0", headers=origin)
            assert refused.value.status == 403


async def test_signing_out_ends_the_line(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT", 0.05)
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        screen = await screen_of(browser)
        async with screen.connected() as line, asyncio.timeout(PATIENCE):
            await browser.submit("/sign-out")
            async for _ in line:
                pass
    assert line.close_code == live.SIGNED_OUT


@pytest.mark.parametrize("follows", [True, False])
async def test_a_connected_screen_is_seen(
    follows: bool, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Routing gives work to the ready only while their screens are there, with the inbox on them or another page."""
    monkeypatch.setattr(live, "BEAT", 0.05)
    async with open_gateway(tmp_path, redis_url) as gateway:
        ann = await gateway.add_user("ann")
        async with gateway.signed_in(ann) as browser:
            await browser.http.put("/api/v1/me/state", json={"state": "ready"}, headers={"X-CSRF": browser.csrf})
            before = (await gateway.services.database.read(states.last_seen))[ann.id]
            screen = await screen_of(browser) if follows else Screen(browser, None)
            # A beat is sent whenever presence is noted.
            async with screen.connected() as line, asyncio.timeout(PATIENCE):
                async for _ in line:
                    if (await gateway.services.database.read(states.last_seen))[ann.id] > before:
                        break
