"""Shifts over HTTP: planned by supervisors from the page, the API and a file; agents see their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from conversations.events import EventKind
from conversations.people import Role
from storage import events
from tests.support.gateway import Browser, Gateway, open_gateway

MONDAY = "2026-11-23"


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str, database_url: str) -> AsyncIterator[Gateway]:
    async with open_gateway(tmp_path, redis_url, database_url=database_url) as gateway:
        yield gateway


async def planned(browser: Browser, day: str = MONDAY) -> list[tuple[str, str]]:
    """When the shifts of a week begin and end."""
    week = await browser.json(f"/api/v1/shifts?day={day}")
    return [(each["since"], each["until"]) for each in week["shifts"]]


def a_shift(day: str = MONDAY, **changes: str) -> dict[str, str]:
    return {"login": "ann", "date": day, "hours": "09:00-18:00", "breaks": "12:00-13:00 meal", **changes}


async def test_a_week_is_planned_changed_copied_and_seen(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann")
    await gateway.add_user("bo")
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    async with gateway.signed_in(boss) as browser:
        form = [("login", "ann"), ("login", "bo"), ("weekday", "0"), ("weekday", "1")]
        more = {"csrf": browser.csrf, "first": MONDAY, "last": "2026-11-29", "hours": "22:00-06:00"}
        done = await browser.http.post("/roster", data=[*form, *more.items()], allow_redirects=False)
        assert done.status == 303, await done.text()
        first, *_ = (await browser.json(f"/api/v1/shifts?day={MONDAY}"))["shifts"]
        assert (first["since"], first["until"]) == ("2026-11-23T14:00:00Z", "2026-11-23T22:00:00Z")
        assert len(await planned(browser)) == 4
        again = await browser.http.post("/roster", data=[*form, *more.items()], allow_redirects=False)
        assert again.status == 409
        assert "Another shift is at this time: 2026-11-23 22:00-06:00." in await again.text()
        copied = await browser.submit("/roster/copy", day="2026-11-30")
        assert copied.status == 303
        assert (await planned(browser, "2026-11-30"))[0] == ("2026-11-30T14:00:00Z", "2026-11-30T22:00:00Z")
        address = f"/roster/shifts/{first['id']}"
        changed = await browser.submit(address, date=MONDAY, hours="08:00-16:00", breaks="", reason="swapped")
        assert changed.status == 303
        assert ("2026-11-23T00:00:00Z", "2026-11-23T08:00:00Z") in await planned(browser)
        assert (await browser.submit(f"{address}/remove", reason="ill")).status == 303
        assert (await browser.get(address)).status == 404
        assert len(await planned(browser)) == 3
    async with gateway.signed_in(ann) as browser:
        own = await planned(browser, "2026-11-30")
        page = await (await browser.get("/roster?day=2026-11-30")).text()
        refused = await browser.submit("/roster/copy", day=MONDAY)
    assert len(own) == 2
    assert "22:00-06:00" in page
    assert 'data-person="ann"' in page
    assert 'data-person="bo"' not in page
    assert refused.status == 403
    story = await gateway.services.database.read(events.after, 0, 1_000)
    told = [(each.actor, each.reason) for each in story if each.kind is EventKind.ROSTER_CHANGED]
    assert told == [
        (boss.id, reason) for reason in ["shift planned"] * 8 + ["shift changed: swapped", "shift removed: ill"]
    ]


async def test_the_limits_of_a_week_ask_for_a_reason(gateway: Gateway) -> None:
    await gateway.add_user("ann")
    six_days = [a_shift(f"2026-11-{day}") for day in range(23, 29)]
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as browser:
        warned = await browser.post("/api/v1/shifts", {"shifts": six_days})
        problems = (await warned.json())["problems"]
        assert warned.status == 409
        assert problems == [{"row": None, "text": "Ann would work 48 h on 6 days in the week from 2026-11-23 on."}]
        assert await planned(browser) == []
        taken = await browser.post("/api/v1/shifts", {"shifts": six_days, "reason": "the fair"})
        assert taken.status == 201
        assert {each["note"] for each in (await taken.json())["shifts"]} == {"the fair"}
        assert (await browser.submit("/roster/rules", week_hours="48", week_days="6")).status == 303
        assert (await browser.submit("/roster/copy", day="2026-11-30")).status == 303


async def test_a_file_is_read_as_a_whole_or_not_at_all(gateway: Gateway) -> None:
    await gateway.add_user("ann")
    good = "login,date,hours,breaks\nann,2026-11-23,09:00-18:00,12:00-13:00 meal\nann,2026-11-24,22:00-06:00,\n"
    bad = f"{good}eve,2026-11-25,09:00-18:00,\nann,2026-11-26,nine,\n"
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as browser:
        refused = await browser.http.post("/api/v1/shifts/import", data=bad, headers={"X-CSRF": browser.csrf})
        assert refused.status == 422
        assert [(each["row"], each["text"]) for each in (await refused.json())["problems"]] == [
            (2, "Nobody has the login “eve”."),
            (3, "“nine” are no hours; write them like 09:00-18:00, or 22:00-06:00."),
        ]
        page = await browser.http.post("/roster/import", data=a_file(browser, bad), allow_redirects=False)
        assert page.status == 409
        assert "Line 4: Nobody has the login “eve”." in await page.text()
        assert await planned(browser) == []
        done = await browser.http.post("/roster/import", data=a_file(browser, good), allow_redirects=False)
        assert done.status == 303, await done.text()
        assert len(await planned(browser)) == 2
        exported = await (await browser.get(f"/roster/week.csv?day={MONDAY}")).read()
        assert exported.decode("utf-8-sig").replace("\r\n", "\n").replace('"', "") == good


def a_file(browser: Browser, content: str) -> aiohttp.FormData:
    form = aiohttp.FormData({"csrf": browser.csrf, "day": MONDAY})
    form.add_field("file", content.encode(), filename="week.csv", content_type="text/csv")
    return form
