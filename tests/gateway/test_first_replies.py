"""The report of first replies: the page, the file and the API say the same."""

from collections.abc import AsyncIterator
from csv import reader
from pathlib import Path

import pytest

from conversations.ids import new_id
from conversations.people import Role
from tests.support.builders import NOW, SetClock
from tests.support.gateway import Browser, Gateway, open_gateway
from tests.support.keeper import kept

PAGE = "/reports/first-replies"
CLOCK = SetClock()
FORMULA = "=1+1"


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """A gateway whose clock stands, with one account; its router is the test."""
    CLOCK.now = NOW
    async with open_gateway(tmp_path, redis_url, clock=CLOCK) as gateway:
        await gateway.add_account()
        yield gateway


async def play(gateway: Gateway, browser: Browser) -> str:
    """Three customers of a queue were promised a first reply in ten minutes, one got it; the queue's id."""
    await browser.submit("/setup/deadlines/policies", **{"name": "everybody", "minutes-first reply": "10"})
    queue_id = await gateway.add_queue(FORMULA)
    ids = [await gateway.hear("你好", f"+861380000000{number}") for number in range(3)]
    for path in (f"/api/v1/conversations/{each}" for each in ids):
        await browser.post(f"{path}/take")
        await browser.post(f"{path}/transfer", {"queue_id": queue_id})
        await browser.post(f"{path}/take")
    await kept(gateway, CLOCK, 1)
    reply = await browser.post(f"/api/v1/conversations/{ids[0]}/replies", {"text": "好的", "key": new_id()})
    assert reply.status == 201, await reply.text()
    await kept(gateway, CLOCK, 10)
    return queue_id


async def test_the_page_the_file_and_the_api_say_the_same(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        queue_id = await play(gateway, browser)
        found = await browser.json(f"/api/v1{PAGE}")
        page = await (await browser.get(PAGE)).text()
        response = await browser.get(f"{PAGE}.csv?first=2026-11-21&last=2026-11-21")
        file = (await response.read()).decode("utf-8-sig")
    figures = {"kept": 1, "missed": 2, "open": 0, "dropped": 0, "share": 1 / 3, "targets": [600.0]}
    assert found == {
        "first": "2026-11-15",
        "last": "2026-11-21",
        "time_zone": "Asia/Shanghai",
        "total": figures,
        "channels": [{"kind": "fake", **figures}],
        "queues": [{"id": queue_id, "name": FORMULA, **figures}],
    }
    assert "33.3 %" in page
    assert 'attachment; filename="first-replies-2026-11-21-2026-11-21.csv"' in response.headers["Content-Disposition"]
    _, *lines = reader(file.splitlines())
    assert [line[0] for line in lines] == ["channel", "queue", "total"]
    assert {tuple(line[2:]) for line in lines} == {("1", "2", "0", "0", "33.3", "10")}


async def test_no_name_becomes_a_formula(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        await play(gateway, browser)
        file = (await (await browser.get(f"{PAGE}.csv")).read()).decode("utf-8-sig")
    assert f"queue,'{FORMULA},1" in file


async def test_without_promises_the_page_says_so(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ann", language="zh-CN")) as browser:
        page = await (await browser.get(PAGE)).text()
        found = await browser.json(f"/api/v1{PAGE}")
    assert "这些天没有首次回复承诺" in page
    assert (found["total"]["share"], found["channels"], found["queues"]) == (None, [], [])


@pytest.mark.parametrize("query", ["first=soon", "first=2026-11-22", "first=2025-01-01&last=2026-11-21"])
async def test_days_that_make_no_sense_are_refused(gateway: Gateway, query: str) -> None:
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        assert (await browser.get(f"/api/v1{PAGE}?{query}")).status == 400
