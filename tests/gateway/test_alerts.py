"""Whoever has to know something is told on every page they have open, until they have looked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from conversations.ids import ConversationId
from conversations.people import Role, User
from tests.support.builders import NOW, SetClock
from tests.support.gateway import Browser, Gateway, open_gateway
from tests.support.keeper import kept

CLOCK = SetClock()
PATIENCE = 20


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """A gateway whose clock stands, in which a first reply is due in ten minutes; its router is the test."""
    CLOCK.now = NOW
    async with open_gateway(tmp_path, redis_url, clock=CLOCK) as gateway:
        await gateway.add_account()
        async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
            await browser.submit("/setup/deadlines/policies", name="everybody", **{"minutes-first reply": "10"})
        yield gateway


@asynccontextmanager
async def a_page(browser: Browser) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Any page: its line brings no news of conversations."""
    origin = str(browser.http._base_url).rstrip("/")
    async with browser.http.ws_connect("/api/v1/live", headers={"Origin": origin}) as line:
        yield line


async def rung(line: aiohttp.ClientWebSocketResponse) -> Any:
    """The next thing the bell says."""
    async with asyncio.timeout(PATIENCE):
        while "alerts" not in (frame := await line.receive_json()):
            pass
    return frame["alerts"]


async def transferred(gateway: Gateway, people: list[User], **message: str) -> ConversationId:
    """The first takes it, and each hands it to the next."""
    conversation_id = await gateway.hear("你好", **message)
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as boss:
        for person in people:
            answer = await boss.post(f"/api/v1/conversations/{conversation_id}/transfer", {"user_id": person.id})
            assert answer.status == 200
    return conversation_id


async def test_after_three_transfers_the_owner_is_told_that_it_is_late(gateway: Gateway) -> None:
    people = [await gateway.add_user(login) for login in ("ann", "bob", "cid", "dan")]
    conversation_id = await transferred(gateway, people)
    await kept(gateway, CLOCK, 0)
    async with gateway.signed_in(people[0]) as ann, gateway.signed_in(people[1]) as bob, a_page(ann) as line:
        greeting = await rung(line)
        await kept(gateway, CLOCK, 8)
        warned = await rung(line)
        await kept(gateway, CLOCK, 10)
        late = await rung(line)
        assert (await bob.json("/api/v1/alerts")) == {"unread": 0, "alerts": []}
        (row,) = (await ann.json("/api/v1/conversations?view=open"))["conversations"]
    assert (row["owner_id"], row["assignee_id"]) == (people[0].id, people[3].id)
    assert greeting == {"unread": 0, "news": []}
    assert [each["sentence"] for each in warned["news"]] == ["Soon due: first reply"]
    (news,) = late["news"]
    assert (late["unread"], news["sentence"], news["preview"]) == (2, "Not kept in time: first reply", "你好")
    assert news["conversation_id"] == conversation_id


async def test_looking_at_one_silences_every_screen_of_that_person_only(gateway: Gateway) -> None:
    ann, bob = await gateway.add_user("ann"), await gateway.add_user("bob")
    conversation_id = await transferred(gateway, [ann, bob])
    await kept(gateway, CLOCK, 0)
    await kept(gateway, CLOCK, 8)
    async with gateway.signed_in(ann) as browser, gateway.signed_in(bob) as other, a_page(browser) as line:
        assert (await rung(line))["unread"] == 1
        (told,) = (await browser.json("/api/v1/alerts"))["alerts"]
        opened = await browser.submit(f"/alerts/{told['id']}")
        assert await rung(line) == {"unread": 0, "news": []}
        assert (await browser.json("/api/v1/alerts"))["alerts"][0]["read_at"] is not None
        assert (await other.submit(f"/alerts/{told['id']}")).status == 404
        assert (await other.json("/api/v1/alerts"))["unread"] == 1
        assert await (await other.post("/api/v1/alerts/read")).json() == {"unread": 0}
    assert opened.headers["Location"] == f"/#open/{conversation_id}"


async def test_a_voice_is_named_in_the_language_of_who_is_told(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann", language="zh-CN")
    await transferred(gateway, [ann], media="voice")
    await kept(gateway, CLOCK, 10)
    async with gateway.signed_in(ann) as browser:
        page = await (await browser.get("/alerts")).text()
        (told,) = (await browser.json("/api/v1/alerts"))["alerts"]
    assert (told["preview"], "[语音] 你好" in page, "[voice]" in page) == ("[语音] 你好", True, False)


async def test_the_page_lists_what_one_was_told(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann")
    await transferred(gateway, [ann])
    await kept(gateway, CLOCK, 0)
    await kept(gateway, CLOCK, 10)
    async with gateway.signed_in(ann) as browser:
        page = await (await browser.get("/alerts")).text()
        await browser.submit("/alerts/read")
        after = await (await browser.get("/alerts")).text()
    assert ("Not kept in time: first reply" in page, "你好" in page, "Mark all as read" in page) == (True, True, True)
    assert "Mark all as read" not in after
