"""Policies are set up on a page; what is due next stands on each conversation, live."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from conversations.ids import new_id
from conversations.people import Role
from storage import events, people, policies
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


async def changes(gateway: Gateway) -> list[str]:
    """What was said of policies, and by whom."""
    users = {str(user.id): user.login for user in await gateway.services.database.read(people.listed)}
    story = await gateway.services.database.read(events.after, 0)
    return [f"{users[each.actor]}: {each.reason}" for each in story if each.reason.startswith("policy ")]


async def test_a_policy_is_changed_and_what_it_was_before_is_kept(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        await promise(browser, segment="VIP", account="sms")
        (before,) = await gateway.services.database.read(policies.listed)
        page = await (await browser.get(f"{PAGE}/policies/{before.id}")).text()
        changed = {"name": "VIPs", "segment": "VIP", "minutes-first reply": "5"}
        saved = await browser.submit(f"{PAGE}/policies/{before.id}", **changed)
        (after,) = await gateway.services.database.read(policies.listed)
        gone = await browser.submit(f"{PAGE}/policies/none", **changed)
    (*_, told) = await gateway.services.database.read(events.after, 0)
    assert ('value="VIP"' in page, saved.status, gone.status) == (True, 303, 404)
    assert (after.name, after.conditions, after.minutes) == ("VIPs", {"segment": "VIP"}, {"first reply": 5})
    assert (after.id, after.created_at, after.position) == (before.id, before.created_at, before.position)
    assert told.data["before"]["minutes"] == {"first reply": 10}  # type: ignore[index]
    assert told.data["policy"]["minutes"] == {"first reply": 5}  # type: ignore[index]
    assert await changes(gateway) == ["root: policy everybody added", "root: policy everybody changed"]


async def test_policies_are_looked_at_in_the_order_that_was_given(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        for name in ("one", "two", "three"):
            await promise(browser, name=name)
        one, _, three = [row.id for row in await gateway.services.database.read(policies.listed)]
        await browser.submit(f"{PAGE}/policies/{three}/place", to="up")
        await browser.submit(f"{PAGE}/policies/{one}/place", to="down")
        await browser.submit(f"{PAGE}/policies/{three}/place", to="up")
        assert (await browser.submit(f"{PAGE}/policies/{three}/place", to="left")).status == 409
    names = [row.name for row in await gateway.services.database.read(policies.listed)]
    assert names == ["three", "one", "two"]


async def test_a_policy_that_is_disabled_promises_nothing_until_it_is_enabled(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        await promise(browser)
        (row,) = await gateway.services.database.read(policies.listed)
        conversation_id = await gateway.hear("你好")
        await browser.post(f"/api/v1/conversations/{conversation_id}/take")
        await kept(gateway, CLOCK, 0)
        await browser.submit(f"{PAGE}/policies/{row.id}/enabled", enabled="no")
        await kept(gateway, CLOCK, 20)
        disabled = await shown(browser, conversation_id)
        await browser.submit(f"{PAGE}/policies/{row.id}/enabled", enabled="yes")
        later = await gateway.hear("在吗", number="+8613800000002")
        await browser.post(f"/api/v1/conversations/{later}/take")
        await kept(gateway, CLOCK, 20)
        enabled = [await shown(browser, each) for each in (conversation_id, later)]
    assert disabled is None
    assert [each and each["kind"] for each in enabled] == [None, "first reply"]


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
        "time_zone": "",
        "about": "",
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
