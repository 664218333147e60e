"""Policies are set up on a page; what is due next stands on each conversation, live."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from conversations.ids import new_id
from conversations.people import Role
from storage import policies
from tests.support.builders import NOW, SetClock
from tests.support.gateway import Browser, Gateway, open_gateway
from tests.support.keeper import kept

PAGE = "/setup/deadlines"
CLOCK = SetClock()


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """A gateway whose clock stands, with one account; its router is the test."""
    CLOCK.now = NOW
    async with open_gateway(tmp_path, redis_url, clock=CLOCK) as gateway:
        await gateway.add_account()
        yield gateway


async def promise(browser: Browser, **form: str) -> int:
    """Ten minutes to the first reply, unless the form says else."""
    fields = {"name": "everybody", "minutes-first reply": "10"} | form
    return (await browser.submit(f"{PAGE}/policies", **fields)).status


async def test_a_policy_is_added_and_removed(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        queue = await gateway.add_queue("投诉")
        added = await promise(browser, queue=queue, category="complaint", pauses="on", **{"minutes-resolution": "1440"})
        (row,) = await gateway.services.database.read(policies.listed)
        page = await (await browser.get(PAGE)).text()
        await browser.submit(f"{PAGE}/policies/{row.id}/remove")
        left = await gateway.services.database.read(policies.listed)
    assert (added, left) == (303, [])
    assert row.conditions == {"queue": queue, "category": "complaint"}
    assert (row.minutes, row.pauses, row.from_assignment) == ({"first reply": 10, "resolution": 1440}, True, False)
    assert "resolution: 1440 min" in page


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""},
        {"minutes-first reply": ""},
        {"minutes-first reply": "0"},
        {"minutes-first reply": "soon"},
        {"calendar": "gone"},
    ],
)
async def test_a_policy_that_promises_nothing_is_refused(gateway: Gateway, form: dict[str, str]) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        assert await promise(browser, **form) == 409


async def test_a_calendar_in_use_stays(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        address = (
            await browser.submit(
                "/setup/calendars/new", name="网点", time_zone="Asia/Shanghai", **{"day-0": "09:00-18:00"}
            )
        ).headers["Location"]
        await promise(browser, calendar=address.rpartition("/")[2])
        assert (await browser.submit(f"{address}/remove")).status == 409


async def test_what_is_due_stands_on_the_conversation(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        await promise(browser)
        conversation_id = await gateway.hear("你好")
        await browser.post(f"/api/v1/conversations/{conversation_id}/take")
        await kept(gateway, CLOCK, 0)
        running = await shown(browser, conversation_id)
        await kept(gateway, CLOCK, 10)
        missed = await shown(browser, conversation_id)
        story = (await browser.json(f"/api/v1/conversations/{conversation_id}"))["events"]
        said = {"text": "您好", "key": new_id()}
        await browser.post(f"/api/v1/conversations/{conversation_id}/replies", said)
        await kept(gateway, CLOCK, 11)
        answered = await shown(browser, conversation_id)
    expected = {
        "kind": "first reply",
        "by_hand": False,
        "note": "",
        "started_at": "2026-11-21T04:00:00Z",
        "due_at": "2026-11-21T04:10:00Z",
    }
    assert running == {**expected, "warned": False, "breached": False}
    assert missed == {**expected, "warned": True, "breached": True}
    assert [(each["kind"], each["deadline"]) for each in story][-1] == ("deadline.breached", "first reply")
    assert answered is None


async def shown(browser: Browser, conversation_id: str) -> Any:
    """What a row of the list says of deadlines."""
    rows = (await browser.json("/api/v1/conversations?view=open"))["conversations"]
    return next(row["deadline"] for row in rows if row["id"] == conversation_id)
