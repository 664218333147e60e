"""A customer is on hold for a minute; then the agent is asked, and agrees a time, which is kept as a deadline."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conversations.conversation import ConversationState
from conversations.ids import ConversationId, new_id
from conversations.people import Role
from storage import conversations, tables
from tests.support.builders import NOW, SetClock
from tests.support.gateway import Browser, Gateway, open_gateway
from tests.support.keeper import kept

CLOCK = SetClock()


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """A gateway whose clock stands, and nothing is promised by any policy; its router is the test."""
    CLOCK.now = NOW
    async with open_gateway(tmp_path, redis_url, clock=CLOCK, delivers=True, time_zone="Asia/Shanghai") as gateway:
        await gateway.add_account()
        yield gateway


async def taken(gateway: Gateway, browser: Browser) -> ConversationId:
    """What a customer wrote, given to whoever is signed in here."""
    conversation_id = await gateway.hear("你好")
    values = {"assignee_id": (await browser.json("/api/v1/me"))["id"], "state": ConversationState.ASSIGNED}
    await gateway.services.database.write(conversations.change, conversation_id, values)
    return conversation_id


async def act(browser: Browser, conversation_id: ConversationId, deed: str, **content: str) -> Any:
    """Do it; the row of the conversation after it."""
    answer = await browser.post(f"/api/v1/conversations/{conversation_id}/{deed}", content)
    assert answer.status == 200, await answer.text()
    return (await answer.json())["conversation"]


async def said(gateway: Gateway) -> list[str]:
    """What customers were told, in its order."""
    rows = await gateway.services.database.read(
        lambda connection: connection.execute(
            tables.messages.select().where(tables.messages.c.direction == "outbound").order_by(tables.messages.c.id)
        ).all()
    )
    return [row.parts[0].text for row in rows]


async def test_after_a_minute_on_hold_the_agent_is_asked_and_nobody_else(gateway: Gateway) -> None:
    ann, boss = await gateway.add_user("ann"), await gateway.add_user("boss", Role.SUPERVISOR)
    async with gateway.signed_in(ann) as browser, gateway.signed_in(boss) as above:
        conversation_id = await taken(gateway, browser)
        row = await act(browser, conversation_id, "hold")
        await kept(gateway, CLOCK, 0)
        await kept(gateway, CLOCK, 0.9)
        before = await browser.json("/api/v1/alerts")
        await kept(gateway, CLOCK, 1)
        (asked,) = (await browser.json("/api/v1/alerts"))["alerts"]
        assert (await above.json("/api/v1/alerts"))["unread"] == 0
    assert [(each["kind"], each["due_at"]) for each in row["promises"]] == [("hold", "2026-11-21T04:01:00Z")]
    assert (before["unread"], asked["sentence"]) == (0, "Not kept in time: hold")
    assert await said(gateway) == ["请您稍候，正在为您核实。"]


async def test_a_policy_says_how_long_a_customer_is_on_hold(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        await browser.submit("/setup/deadlines/policies", name="everybody", **{"minutes-hold": "3"})
        row = await act(browser, await taken(gateway, browser), "hold")
    assert row["promises"][0]["due_at"] == "2026-11-21T04:03:00Z"


async def test_an_agents_word_ends_the_hold_and_the_words_of_the_hold_do_not(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        conversation_id = await taken(gateway, browser)
        await act(browser, conversation_id, "hold")
        await kept(gateway, CLOCK, 0.5)
        held = (await browser.json(f"/api/v1/conversations/{conversation_id}"))["conversation"]["promises"]
        await browser.post(f"/api/v1/conversations/{conversation_id}/replies", {"text": "查到了", "key": new_id()})
        await kept(gateway, CLOCK, 5)
        over = (await browser.json(f"/api/v1/conversations/{conversation_id}"))["conversation"]["promises"]
        assert (await browser.json("/api/v1/alerts"))["unread"] == 0
        assert (await browser.post(f"/api/v1/conversations/{conversation_id}/resume")).status == 409
    assert (len(held), over) == (1, [])


async def test_a_time_is_agreed_told_to_the_customer_and_missed(gateway: Gateway) -> None:
    ann, boss = await gateway.add_user("ann"), await gateway.add_user("boss", Role.SUPERVISOR)
    async with gateway.signed_in(ann) as browser, gateway.signed_in(boss) as above:
        conversation_id = await taken(gateway, browser)
        await act(browser, conversation_id, "hold")
        row = await act(browser, conversation_id, "promise", due_at="2026-11-21T15:00", note="退款")
        for minutes in (0, 165, 180):
            await kept(gateway, CLOCK, minutes)
        told = [each["sentence"] for each in (await above.json("/api/v1/alerts"))["alerts"]]
        done = await act(browser, conversation_id, "keep")
        assert (await browser.post(f"/api/v1/conversations/{conversation_id}/keep")).status == 409
    (promise,) = row["promises"]
    assert (promise["kind"], promise["due_at"], promise["note"]) == ("promise", "2026-11-21T07:00:00Z", "退款")
    assert (await said(gateway))[1] == "我们会在 11月21日 15:00 之前与您联系。"
    assert told == ["Not kept in time: promise", "Soon due: promise"]
    assert done["promises"] == []


@pytest.mark.parametrize("due_at", ["2026-11-21T11:59", "2027-11-21T12:00", "tomorrow"])
async def test_a_time_that_cannot_be_meant_is_refused(gateway: Gateway, due_at: str) -> None:
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        conversation_id = await taken(gateway, browser)
        answer = await browser.post(f"/api/v1/conversations/{conversation_id}/promise", {"due_at": due_at})
    assert answer.status == 409


async def test_what_others_have_is_not_promised_by_me(gateway: Gateway) -> None:
    bob = await gateway.add_user("bob")
    async with (
        gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser,
        gateway.signed_in(bob) as other,
    ):
        conversation_id = await taken(gateway, browser)
        assert (await other.post(f"/api/v1/conversations/{conversation_id}/hold")).status == 404


async def test_the_clock_of_the_hold_is_not_the_clock_of_the_policy(gateway: Gateway) -> None:
    """A closed branch does not make a minute longer."""
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        address = (
            await browser.submit(
                "/setup/calendars/new", name="网点", time_zone="Asia/Shanghai", **{"day-0": "09:00-18:00"}
            )
        ).headers["Location"]
        calendar = address.rpartition("/")[2]
        await browser.submit("/setup/deadlines/policies", name="all", calendar=calendar, **{"minutes-hold": "1"})
        row = await act(browser, await taken(gateway, browser), "hold")
    assert row["promises"][0]["due_at"] == f"{NOW + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
