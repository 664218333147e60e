"""From the customer's first word through intake, rules and router into a queue."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from conversations.conversation import Conversation
from conversations.ids import ConversationId
from conversations.people import Role
from routing.router import Router
from runtime.loops import background
from storage import conversations, rules
from tests.support.eventually import eventually
from tests.support.gateway import Gateway, open_gateway
from tests.support.rule_rows import row

VIP, ORDINARY = "+8613800000001", "+8613800000002"


@pytest.fixture
async def office(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """A gateway that routes."""
    async with open_gateway(tmp_path, redis_url) as gateway:
        services = gateway.services
        router = Router(services.database, services.feed.follow, services.clock, "test", ZoneInfo("UTC"))
        async with background(router.run):
            await gateway.add_account()
            yield gateway


async def placed(office: Gateway, conversation_id: ConversationId) -> Conversation:
    """The conversation, once it is in a queue."""

    async def look() -> Conversation | None:
        found = await office.services.database.read(conversations.get, conversation_id)
        return found if found is not None and found.queue_id else None

    return await eventually(look, "in a queue")


async def test_a_new_installation_leads_complaints_and_who_wants_a_person(office: Gateway) -> None:
    """The first queue that is made brings the first rules; the second changes nothing."""
    async with office.signed_in(await office.add_user("root", Role.ADMIN)) as browser:
        for name in ("客服", "other"):
            await browser.submit("/setup/queues", name=name)
        shown = await browser.json("/api/v1/rules")
    assert [each["name"] for each in shown["rules"]] == [
        "投诉 Complaints",
        "转人工 Wants a person",
        "其他 Everything else",
    ]
    assert shown["problems"] == []
    said = ("我要投诉你们", "转人工", "real person please", "你好", "人工智能是什么")
    ids = [await office.hear(text, f"+861380000001{number}") for number, text in enumerate(said)]
    found = [await placed(office, each) for each in ids]
    assert [(each.priority, each.category) for each in found] == [(3, "投诉"), (1, ""), (1, ""), (0, ""), (0, "")]


async def test_rules_that_were_saved_stay(office: Gateway) -> None:
    supervisor = await office.add_user("root", Role.ADMIN)
    book = await office.services.database.read(rules.current)
    await office.services.rules.save(supervisor, book, "none")
    async with office.signed_in(supervisor) as browser:
        await browser.submit("/setup/queues", name="客服")
        assert (await browser.json("/api/v1/rules"))["rules"] == []


async def test_vip_and_ordinary_customers_go_different_ways(office: Gateway) -> None:
    """Their manager wrote down who they are; the next time they write, the rules know it."""
    manager = await office.add_user("boss", Role.SUPERVISOR)
    ordinary, vip = await office.add_queue("ordinary"), await office.add_queue("vip")
    first = await office.hear("你好", VIP)
    assert (await placed(office, first)).queue_id == ordinary
    await office.services.contacts.describe(manager, first, "VIP", [], None)
    book = await office.services.database.read(rules.current)
    leads = (row("VIP", vip, {"priority": 5}, segment=["VIP"]), row("others", ordinary))
    await office.services.rules.save(manager, replace(book, rules=leads), "VIP first")
    await office.services.database.write(conversations.close, first, office.services.clock())
    again, other = await office.hear("你好", VIP), await office.hear("你好", ORDINARY)
    found = [await placed(office, each) for each in (again, other)]
    assert [(each.queue_id, each.priority) for each in found] == [(vip, 5), (ordinary, 0)]
