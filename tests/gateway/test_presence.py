"""States over HTTP: what is refused is said, and the page and the API show the same account."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from conversations.people import Role
from routing.roster import Row
from tests.support.builders import NOW, SetClock
from tests.support.gateway import Browser, open_gateway


async def choose(browser: Browser, state: str, reason: str = "") -> tuple[int, dict[str, Any]]:
    content = {"state": state, "reason": reason}
    answer = await browser.http.put("/api/v1/me/state", json=content, headers={"X-CSRF": browser.csrf})
    return answer.status, await answer.json()


async def test_a_day_of_work(tmp_path: Path, redis_url: str) -> None:
    async with open_gateway(tmp_path, redis_url) as gateway:
        ann = await gateway.add_user("ann")
        boss = await gateway.add_user("boss", Role.SUPERVISOR, name="Boss")
        async with gateway.signed_in(ann) as browser:
            refused = await choose(browser, "wrap-up")
            ready = await choose(browser, "ready")
            resting = await choose(browser, "break", "meal")
            day = await browser.json("/api/v1/hours")
            page = await (await browser.get("/hours")).text()
        async with gateway.signed_in(boss) as browser:
            everybody = await browser.json("/api/v1/hours")
            before = await browser.json("/api/v1/hours?day=2020-01-01")
            nonsense = await browser.get("/api/v1/hours?day=yesterday")
    assert (refused[0], refused[1]["detail"]) == (409, "Wrapping up comes after work. Go ready first.")
    assert (ready[0], ready[1]["state"]) == (200, "ready")
    assert (resting[1]["state"], resting[1]["state_reason"]) == ("break", "meal")
    assert [(each["state"], each["reason"]) for each in day["people"][0]["spans"]] == [
        ("signed-in", ""),
        ("ready", ""),
        ("break", "meal"),
    ]
    assert "用餐" in page or "Meal" in page
    assert [each["name"] for each in day["people"]] == [ann.name]
    assert {each["name"] for each in everybody["people"]} == {ann.name, "Boss"}
    assert (before["people"], nonsense.status) == ([], 400)


async def test_a_refused_break_says_until_when_in_every_language(tmp_path: Path, redis_url: str) -> None:
    """Ten minutes into a shift that began at 12:00 in Shanghai; screens put the values into their own sentence."""
    clock = SetClock()
    async with open_gateway(tmp_path, redis_url, clock=clock) as gateway:
        ann = await gateway.add_user("ann", state_since=NOW)
        boss = await gateway.add_user("boss", Role.SUPERVISOR, state_since=NOW)
        await gateway.services.workforce.roster.plan(boss, [Row("ann", "2026-11-21", "12:00-20:00")])
        clock.forward(timedelta(minutes=10))
        async with gateway.signed_in(ann) as browser:
            await choose(browser, "ready")
            status, refused = await choose(browser, "break", "rest")
        async with gateway.signed_in(boss) as browser:
            allowed = await browser.post(f"/api/v1/agents/{ann.id}/break", {"reason": "feels ill"})
        async with gateway.signed_in(ann) as browser:
            resting = await choose(browser, "break", "rest")
    assert (status, refused["detail"]) == (409, "Breaks are possible from 12:30.")
    assert refused["sentence"] == "Breaks are possible from {time}."
    assert refused["values"] == {"queue": "", "time": "12:30"}
    assert (allowed.status, resting[0]) == (200, 200)
