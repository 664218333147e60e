"""The emergency switch: on and off by supervisors with a reason, and to be seen on every page."""

import json
from typing import Any

import aiohttp

from conversations.events import EventKind
from conversations.people import Role
from storage import emergency, events
from tests.support.gateway import Browser, Gateway

TEXTS = {"zh-CN": "系统故障", "en": "We have an outage"}


async def told(gateway: Gateway) -> list[tuple[EventKind, str, str]]:
    """Who moved the switch, and why."""
    log = await gateway.services.database.read(events.after, 0, 10_000)
    kinds = (EventKind.EMERGENCY_BEGAN, EventKind.EMERGENCY_ENDED)
    return [(event.kind, event.actor, event.reason) for event in log if event.kind in kinds]


async def banner(socket: aiohttp.ClientWebSocketResponse) -> list[str]:
    """The next thing that a screen is told about the banner."""
    while True:
        frame: dict[str, Any] = json.loads((await socket.receive(timeout=30)).data)
        if "emergency" in frame:
            return list(frame["emergency"])


async def begin(browser: Browser, **content: object) -> int:
    return (await browser.post("/api/v1/emergency", {"texts": TEXTS, "reason": "the core is down", **content})).status


async def test_it_is_switched_on_and_off_with_reasons(gateway: Gateway) -> None:
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    async with gateway.signed_in(boss) as browser:
        assert await begin(browser) == 201
        on = (await browser.json("/api/v1/emergency"))["on"]
        assert (on["texts"], on["reason"], on["begun_by"]) == (TEXTS, "the core is down", boss.name)
        assert (await browser.json("/api/v1/floor"))["emergency"] is True
        assert await begin(browser) == 409
        assert (await browser.post("/api/v1/emergency/end", {"reason": "it is up"})).status == 200
        assert (await browser.post("/api/v1/emergency/end", {"reason": "it is up"})).status == 409
        assert (await browser.json("/api/v1/emergency"))["on"] is None
    assert await told(gateway) == [
        (EventKind.EMERGENCY_BEGAN, boss.id, "the core is down"),
        (EventKind.EMERGENCY_ENDED, boss.id, "it is up"),
    ]


async def test_without_a_reason_or_words_nothing_happens(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as browser:
        assert await begin(browser, reason=" ") == 409
        assert await begin(browser, texts={"en": " ", "fr": "Bonjour"}) == 409
        assert await begin(browser, texts={"en": 5}) == 400
        assert await begin(browser, texts="Sorry") == 400
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        assert await begin(browser) == 403
        assert (await browser.post("/api/v1/emergency/end", {"reason": "no"})).status == 403
    assert await told(gateway) == []


async def test_every_open_page_shows_it_at_once_and_new_ones_too(gateway: Gateway) -> None:
    boss, ann = await gateway.add_user("boss", Role.SUPERVISOR), await gateway.add_user("ann", language="zh-CN")
    origin = gateway.url.rstrip("/")
    async with (
        gateway.signed_in(boss) as browser,
        gateway.signed_in(ann) as agent,
        agent.http.ws_connect("/api/v1/live", origin=origin) as page,
    ):
        assert await banner(page) == []
        await begin(browser)
        shown = await banner(page)
        assert shown == ["应急播报中：所有等待和来信的客户都会收到以下内容", "系统故障", "the core is down"]
        async with agent.http.ws_connect("/api/v1/live", origin=origin) as another:
            assert await banner(another) == shown
        await browser.post("/api/v1/emergency/end", {"reason": "it is up"})
        assert await banner(page) == []


async def test_announcements_are_prepared(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as browser:
        form = {"name": "Fire", "text-en": "Leave the building."}
        assert (await browser.submit("/setup/announcements/fire", **form)).status == 303
        assert (await browser.submit("/setup/announcements/fire", **form | {"name": "Blaze"})).status == 303
        assert (await browser.submit("/setup/announcements/other", name="Empty")).status == 409
        assert (await browser.submit("/setup/announcements/other", **form | {"name": " "})).status == 409
        assert "Leave the building." in await (await browser.get("/setup/announcements")).text()
        prepared = (await browser.json("/api/v1/emergency"))["prepared"]
        assert {"id": "fire", "name": "Blaze", "texts": {"en": "Leave the building."}} in prepared
        await browser.submit("/setup/announcements/fire/remove")
    names = [each.name for each in await gateway.services.database.read(emergency.prepared)]
    assert names == ["系统故障 · Outage"]
