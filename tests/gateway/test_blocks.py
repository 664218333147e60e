"""A nuisance is blocked by two people and for a time: what they write is kept, complaints pass, it ends by itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from conversations.conversation import Conversation, ConversationState
from conversations.events import EventKind
from conversations.ids import ConversationId, QueueId
from conversations.message import AuthorKind
from conversations.parts import plain_text
from conversations.people import Role, User
from desk.errors import NotFound, Refused
from routing.blocking import ANSWER
from routing.router import Router
from runtime.loops import background
from storage import alerts, conversations, events, messages, tables
from templates.renderer import in_every_language
from tests.support.builders import SetClock
from tests.support.eventually import eventually
from tests.support.gateway import Gateway, open_gateway

DAY = timedelta(days=1)


@dataclass(frozen=True)
class House:
    """A gateway that routes: Ann works in a queue, Root and Boss supervise."""

    gateway: Gateway
    clock: SetClock
    queue: QueueId
    ann: User
    root: User
    boss: User

    async def now(self, conversation_id: ConversationId) -> Conversation:
        found = await self.gateway.services.database.read(conversations.get, conversation_id)
        assert found is not None
        return found

    async def comes_to(self, conversation_id: ConversationId, state: ConversationState) -> None:
        async def is_there() -> bool:
            return (await self.now(conversation_id)).state is state

        await eventually(is_there, f"it is {state}", 20)

    async def hers(self, said: str) -> ConversationId:
        """A customer writes, and it is Ann's."""
        conversation_id = await self.gateway.hear(said)
        await self.comes_to(conversation_id, ConversationState.QUEUED)
        await self.gateway.services.desk.transfer_to_agent(self.root, conversation_id, self.ann.id, "hers")
        return conversation_id

    async def block(self, conversation_id: ConversationId, days: int = 7) -> str:
        """Ann asks, Root agrees, Ann ends what she had."""
        blocking = self.gateway.services.blocking
        block = await blocking.ask(self.ann, conversation_id, "calls every minute", days)
        await blocking.approve(self.root, block.id)
        await self.gateway.services.desk.resolve(self.ann, conversation_id, "blocked")
        return block.id

    async def told(self) -> list[str]:
        rows = await self.gateway.services.database.read(lambda tx: tx.execute(tables.messages.select()).all())
        return [row.conversation_id for row in rows if row.author == AuthorKind.SYSTEM]


@pytest.fixture
async def house(tmp_path: Path, redis_url: str) -> AsyncIterator[House]:
    clock = SetClock()
    async with open_gateway(tmp_path, redis_url, clock=clock) as gateway:
        await gateway.add_account()
        ann, root = await gateway.add_user("ann"), await gateway.add_user("root", Role.SUPERVISOR)
        boss = await gateway.add_user("boss", Role.SUPERVISOR)
        queue = await gateway.add_queue("loans", ann)
        services = gateway.services
        router = Router(services.database, services.feed.follow, clock, "test", UTC, say=services.automatic.say)
        async with background(router.run):
            yield House(gateway, clock, queue, await gateway.user(ann), root, boss)


async def test_a_block_needs_a_second_person(house: House) -> None:
    conversation_id = await house.hers("喂？")
    blocking = house.gateway.services.blocking
    with pytest.raises(Refused, match="Say why"):
        await blocking.ask(house.root, conversation_id, "", 7)
    with pytest.raises(Refused, match="7, 30"):
        await blocking.ask(house.root, conversation_id, "nuisance", 365)
    block = await blocking.ask(house.root, conversation_id, "nuisance", 7)
    with pytest.raises(Refused, match="second person"):
        await blocking.approve(house.root, block.id)
    with pytest.raises(Refused, match="asked already"):
        await blocking.ask(house.ann, conversation_id, "nuisance", 7)
    (alert,) = await house.gateway.services.database.read(alerts.listed, house.boss.id, 10)
    assert (alert.kind, alert.reason) == (EventKind.BLOCK_ASKED, "nuisance")
    await blocking.refuse(house.boss, block.id, "he is only old")
    with pytest.raises(Refused, match="decided meanwhile"):
        await blocking.approve(house.boss, block.id)
    with pytest.raises(NotFound):
        await blocking.lift(house.boss, type(block.id)("none"), "none")


async def test_what_the_blocked_write_is_kept_answered_once_and_leads_nowhere(house: House) -> None:
    await house.block(await house.hers("喂？"))
    first = await house.gateway.hear("喂喂")
    await house.comes_to(first, ConversationState.RESOLVED)
    assert await house.told() == [first]
    again = await house.gateway.hear("喂喂喂")
    await house.comes_to(again, ConversationState.RESOLVED)
    said = await house.gateway.services.database.read(messages.of_conversation, again)
    assert (again, len([each for each in said if each.author is AuthorKind.CONTACT])) == (first, 2)
    assert await house.told() == [first]
    assert (await house.now(first)).queue_id is None
    (answer,) = [each for each in said if each.author is AuthorKind.SYSTEM]
    assert plain_text(answer.parts) == in_every_language(ANSWER)["zh-CN"]


async def test_a_complaint_is_still_taken(house: House) -> None:
    await house.block(await house.hers("喂？"))
    conversation_id = await house.gateway.hear("喂喂")
    await house.comes_to(conversation_id, ConversationState.RESOLVED)
    assert await house.gateway.hear("我要投诉你们") == conversation_id

    async def has_a_queue() -> bool:
        return (await house.now(conversation_id)).queue_id == house.queue

    await eventually(has_a_queue, "it is led to a queue", 20)


async def test_the_page_shows_what_is_asked_and_lets_a_second_person_decide(house: House) -> None:
    conversation_id = await house.hers("喂？")
    block = await house.gateway.services.blocking.ask(house.root, conversation_id, "calls every minute", 7)
    async with house.gateway.signed_in(house.root) as browser:
        shown = await (await browser.get("/blocks")).text()
        assert ("calls every minute" in shown, "disabled" in shown) == (True, True)
        assert (await browser.submit(f"/blocks/{block.id}/approve")).status == 409
    async with house.gateway.signed_in(house.boss) as browser:
        assert (await browser.submit(f"/blocks/{block.id}/approve")).status == 303
        assert "Approved by" in await (await browser.get("/blocks")).text()
        assert (await browser.submit(f"/blocks/{block.id}/lift", reason="apologised")).status == 303
        assert "Nobody is blocked" in await (await browser.get("/blocks")).text()
    async with house.gateway.signed_in(house.ann) as browser:
        assert (await browser.get("/blocks")).status == 403


async def test_it_ends_by_itself_or_by_a_word(house: House) -> None:
    block_id = await house.block(await house.hers("喂？"), days=7)
    house.clock.forward(7 * DAY)
    later = await house.gateway.hear("您好")
    await house.comes_to(later, ConversationState.QUEUED)
    async with house.gateway.signed_in(house.root) as browser:
        assert (await browser.json("/api/v1/blocks"))["blocks"] == []
        shown = await browser.post(f"/api/v1/conversations/{later}/block", {"reason": "again", "days": 30})
        block_id = (await shown.json())["id"]
    async with house.gateway.signed_in(house.boss) as browser:
        assert (await browser.post(f"/api/v1/blocks/{block_id}/approve")).status == 200
        await house.comes_to(later, ConversationState.RESOLVED)
        assert (await browser.json(f"/api/v1/conversations/{later}"))["contact"]["block"]["days"] == 30
        assert (await browser.post(f"/api/v1/blocks/{block_id}/lift", {"reason": "apologised"})).status == 200
        assert (await browser.json(f"/api/v1/conversations/{later}"))["contact"]["block"] is None
    assert await house.gateway.hear("谢谢") == later
    await house.comes_to(later, ConversationState.QUEUED)
    log = await house.gateway.services.database.read(events.after, 0, 10_000)
    decided = [(each.actor, each.data["state"]) for each in log if each.kind is EventKind.BLOCK_DECIDED]
    assert decided[1:] == [(house.boss.id, "approved"), (house.boss.id, "lifted")]
