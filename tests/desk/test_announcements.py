"""Who waits is told once where they stand, if their queue wants it, and nothing that nobody knows."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from conversations.clock import utc_now
from conversations.ids import ConversationId, QueueId, UserId
from conversations.parts import plain_text
from conversations.people import AgentState, Role, User
from desk.moves import give_to_queue
from storage import conversations, messages, queues, states
from storage.database import Transaction
from storage.tables import accounts
from tests.support.builders import SetClock
from tests.support.gateway import Gateway, open_gateway

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(utc_now())


@pytest.fixture
async def office(tmp_path: Path, redis_url: str, clock: SetClock) -> AsyncIterator[Gateway]:
    """A gateway without a router: who is in which queue is as the test says."""
    async with open_gateway(tmp_path, redis_url, clock=clock) as gateway:
        await gateway.add_account()
        yield gateway


async def queue_of(office: Gateway, after: int | None) -> tuple[User, QueueId]:
    """A queue with an agent who is there; it tells who waits after so many minutes."""
    agent = await office.add_user("ann", capacity=9)
    queue_id = await office.add_queue("loans", agent)
    write = office.services.database.write
    await write(queues.change, queue_id, {"tells_after": after}, office.services.clock(), "test")
    await office.services.presence.choose(agent, AgentState.READY)
    return await office.user(agent), queue_id


async def wait_in(office: Gateway, queue_id: QueueId, *numbers: str) -> list[ConversationId]:
    """Customers write and come into a queue, one after the other."""
    ids = [await office.hear("你好", number) for number in numbers]
    for each in ids:
        await office.services.database.write(_queue, each, queue_id, office.services.clock())
    return ids


def _queue(transaction: Transaction, conversation_id: ConversationId, queue_id: QueueId, now: datetime) -> None:
    held = conversations.lock(transaction, conversation_id)
    assert held is not None
    give_to_queue(transaction, held, UserId("test"), queue_id, now, "test")


async def tell(office: Gateway, agent: User | None) -> int:
    """What the job does; how many were due."""
    if agent:
        await office.services.database.write(states.see, [agent.id], office.services.clock())
    due = await office.services.announcements.due()
    await office.services.announcements.tell(due)
    return len(due)


async def told(office: Gateway, *ids: ConversationId) -> list[list[str]]:
    """What each was told about where they stand: the first line."""
    said = [await office.services.database.read(messages.of_conversation, each) for each in ids]
    return [[plain_text(message.parts).partition("\n")[0] for message in each[1:]] for each in said]


async def test_who_waits_is_told_once_where_they_stand(office: Gateway, clock: SetClock) -> None:
    agent, loans = await queue_of(office, after=2)
    ids = await wait_in(office, loans, "+8613800000001", "+8613800000002")
    assert await tell(office, agent) == 0
    clock.forward(2 * MINUTE)
    assert await tell(office, agent) == 2
    assert await tell(office, agent) == 0
    assert await told(office, *ids) == [["您是下一位，请稍候。"], ["您排在第 2 位，请稍候。"]]


async def test_how_long_is_told_once_the_line_has_moved(office: Gateway, clock: SetClock) -> None:
    """Three were served in six minutes of waiting: two minutes for each of two places."""
    agent, loans = await queue_of(office, after=0)
    for each in await wait_in(office, loans, *(f"+861380000001{number}" for number in range(3))):
        clock.forward(2 * MINUTE)
        await office.services.desk.take(agent, each)
    first, second = await wait_in(office, loans, "+8613800000001", "+8613800000002")
    assert await tell(office, agent) == 2
    assert await told(office, first, second) == [
        ["您是下一位，预计还要等待约 2 分钟，请稍候。"],
        ["您排在第 2 位，预计还要等待约 4 分钟，请稍候。"],
    ]


async def test_nobody_is_promised_when_nobody_is_there(office: Gateway, clock: SetClock) -> None:
    _, loans = await queue_of(office, after=0)
    clock.forward(2 * MINUTE)
    (waiting,) = await wait_in(office, loans, "+8613800000001")
    assert await tell(office, None) == 1
    assert await told(office, waiting) == [["现在没有客服在线。您的留言已收到，我们上线后在这里回复您。"]]


async def test_a_queue_that_does_not_want_it_tells_nothing(office: Gateway, clock: SetClock) -> None:
    agent, loans = await queue_of(office, after=None)
    await wait_in(office, loans, "+8613800000001")
    clock.forward(60 * MINUTE)
    assert await tell(office, agent) == 0


async def test_who_sees_it_anyway_is_not_told(office: Gateway) -> None:
    agent, loans = await queue_of(office, after=0)
    (waiting,) = await wait_in(office, loans, "+8613800000001")
    await office.services.database.write(_make_web_chat)
    assert (await tell(office, agent), await told(office, waiting)) == (0, [[]])


def _make_web_chat(transaction: Transaction) -> None:
    transaction.connection.execute(update(accounts).values(kind="webchat"))


async def test_an_administrator_chooses_when(office: Gateway) -> None:
    boss = await office.add_user("boss", Role.ADMIN)
    loans = await office.add_queue("loans")
    async with office.signed_in(boss) as browser:
        for after, stored in (("5", 5), ("0", 0), ("", None)):
            await browser.submit(f"/setup/queues/{loans}/waiting", tells_after=after, calls_back_within="45")
            (queue,) = await office.services.database.read(queues.listed)
            assert (queue.tells_after, queue.calls_back_within) == (stored, 45)
        for after, within in (("7", "45"), ("5", "0"), ("5", "soon")):
            fields = {"tells_after": after, "calls_back_within": within}
            assert (await browser.submit(f"/setup/queues/{loans}/waiting", **fields)).status == 409
        assert "Tell who waits" in await (await browser.get("/setup/queues")).text()
