"""What is beyond one's authority goes up with its background; its owner follows it until it is settled."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from conversations.conversation import ConversationState
from conversations.ids import ConversationId
from conversations.people import Role
from storage import conversations
from tests.support.builders import NOW, SetClock
from tests.support.gateway import Browser, Gateway, open_gateway
from tests.support.keeper import kept

CLOCK = SetClock()
BACKGROUND = {"summary": "卡被吞了，客户在现场", "tried": "联系了网点，无人接听", "wants": "今天取回卡"}
DUE = {"due_at": "2026-11-21T18:00"}


@pytest.fixture
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """A gateway whose clock stands; its router is the test."""
    CLOCK.now = NOW
    async with open_gateway(tmp_path, redis_url, clock=CLOCK) as gateway:
        await gateway.add_account()
        yield gateway


async def taken(gateway: Gateway, browser: Browser) -> ConversationId:
    """What a customer wrote, given to whoever is signed in here; nobody is responsible yet."""
    conversation_id = await gateway.hear("我的卡被吞了")
    values = {"assignee_id": (await browser.json("/api/v1/me"))["id"], "state": ConversationState.ASSIGNED}
    await gateway.services.database.write(conversations.change, conversation_id, values)
    return conversation_id


async def mine(browser: Browser) -> list[Any]:
    """The rows of one's own list, of which the count says how many there are."""
    page = await browser.json("/api/v1/conversations?view=mine")
    assert page["counts"]["mine"] == len(page["conversations"])
    return list(page["conversations"])


async def test_it_goes_to_a_supervisor_and_stays_in_the_owners_list_until_it_is_settled(gateway: Gateway) -> None:
    ann, boss = await gateway.add_user("ann"), await gateway.add_user("boss", Role.SUPERVISOR)
    async with gateway.signed_in(ann) as browser, gateway.signed_in(boss) as above:
        conversation_id = await taken(gateway, browser)
        address = f"/api/v1/conversations/{conversation_id}"
        answer = await browser.post(f"{address}/escalate", {**BACKGROUND, **DUE, "user_id": boss.id})
        row = (await answer.json())["conversation"]
        (told,) = (await above.json("/api/v1/alerts"))["alerts"]
        (note,) = [each for each in (await above.json(address))["messages"] if each["direction"] == "note"]
        both = [[each["id"] for each in await mine(screen)] for screen in (browser, above)]
        await above.post(f"{address}/resolve", {"reason": "取回了"})
        after = [await mine(screen) for screen in (browser, above)]
        promises = (await above.json(address))["conversation"]["promises"]
    assert (row["owner_id"], row["assignee_id"]) == (ann.id, boss.id)
    assert [(each["kind"], each["due_at"]) for each in row["promises"]] == [("escalation", "2026-11-21T10:00:00Z")]
    assert (told["sentence"], told["preview"]) == ("Ann hands something up", BACKGROUND["summary"])
    assert [each in note["parts"][0]["text"] for each in BACKGROUND.values()] == [True] * 3
    assert both == [[conversation_id]] * 2
    assert (after, len(promises)) == ([[], []], 1)


async def test_it_goes_to_a_queue_and_the_owner_hears_when_it_is_late(gateway: Gateway) -> None:
    ann, boss = await gateway.add_user("ann"), await gateway.add_user("boss", Role.SUPERVISOR)
    queue = await gateway.add_queue("二线")
    async with gateway.signed_in(ann) as browser, gateway.signed_in(boss) as above:
        conversation_id = await taken(gateway, browser)
        address = f"/api/v1/conversations/{conversation_id}"
        await browser.post(f"{address}/escalate", {**BACKGROUND, **DUE, "queue_id": queue})
        for minutes in (0, 346, 360):
            await kept(gateway, CLOCK, minutes)
        late = [each["sentence"] for each in (await browser.json("/api/v1/alerts"))["alerts"]]
        told = [each["sentence"] for each in (await above.json("/api/v1/alerts"))["alerts"]]
        (row,) = await mine(browser)
    assert (row["queue_id"], row["assignee_id"], row["state"]) == (queue, None, "queued")
    assert late == ["Not kept in time: escalation", "Soon due: escalation"]
    assert told == [*late, "Ann hands something up"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"summary": ""},
        {"tried": "  "},
        {"wants": ""},
        {"due_at": ""},
        {"due_at": "2026-11-21T11:00"},
        {"user_id": ""},
        {"user_id": "nobody"},
        {"user_id": "an agent"},
        {"queue_id": "both"},
    ],
)
async def test_without_the_whole_background_it_is_refused(gateway: Gateway, wrong: dict[str, str]) -> None:
    ann, boss = await gateway.add_user("ann"), await gateway.add_user("boss", Role.SUPERVISOR)
    async with gateway.signed_in(ann) as browser:
        conversation_id = await taken(gateway, browser)
        content = {**BACKGROUND, **DUE, "user_id": boss.id, **wrong}
        content["user_id"] = ann.id if content["user_id"] == "an agent" else content["user_id"]
        answer = await browser.post(f"/api/v1/conversations/{conversation_id}/escalate", content)
        (row,) = await mine(browser)
    assert (answer.status, row["assignee_id"], row["escalated_at"]) == (409, ann.id, None)
