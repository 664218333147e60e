"""Who stands in a line gets what they ask for, with its event; who does not stand in one is only heard."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from conversations.conversation import Conversation, ConversationState
from conversations.deadlines import DeadlineKind
from conversations.events import EventKind
from conversations.ids import ConversationId, QueueId, UserId
from conversations.parts import Menu, Text, plain_text
from conversations.people import Role
from desk.moves import give_to_queue
from storage import conversations, deadlines, events, messages, queues, waiting
from storage.database import Transaction
from storage.rules import RuleBook
from tests.support.builders import NOW, SetClock
from tests.support.eventually import soon
from tests.support.gateway import SMS, Gateway, open_gateway

FIRST, SECOND = "+8613800000001", "+8613800000002"


@pytest.fixture
def clock() -> SetClock:
    """It is noon in China."""
    return SetClock(NOW)


@pytest.fixture
async def office(tmp_path: Path, redis_url: str, clock: SetClock) -> AsyncIterator[Gateway]:
    """A gateway without a router."""
    async with open_gateway(tmp_path, redis_url, clock=clock) as gateway:
        await gateway.add_account()
        yield gateway


async def wait(office: Gateway, *numbers: str, text: str = "你好") -> tuple[QueueId, list[ConversationId]]:
    """Customers in a line, one behind the other."""
    queue_id = await office.add_queue("loans")
    ids = [await office.hear(text, number) for number in numbers]
    for each in ids:
        await office.services.database.write(_queue, each, queue_id, office.services.clock())
    return queue_id, ids


def _queue(transaction: Transaction, conversation_id: ConversationId, queue_id: QueueId, now: datetime) -> None:
    held = conversations.lock(transaction, conversation_id)
    assert held is not None
    give_to_queue(transaction, held, UserId("test"), queue_id, now, "test")


async def row(office: Gateway, conversation_id: ConversationId) -> Conversation:
    found = await office.services.database.read(conversations.get, conversation_id)
    assert found is not None
    return found


async def said(office: Gateway, conversation_id: ConversationId) -> list[str]:
    found = await office.services.database.read(messages.of_conversation, conversation_id)
    return [plain_text(message.parts) for message in found]


async def story(office: Gateway, conversation_id: ConversationId) -> list[tuple[EventKind, str, str]]:
    """What became of it: kind, who, why."""
    found = await office.services.database.read(events.of_conversation, conversation_id)
    wanted = (EventKind.CONVERSATION_WISHED, EventKind.CONVERSATION_RESOLVED, EventKind.CONVERSATION_CLOSED)
    return [(each.kind, each.actor, each.reason) for each in found if each.kind in wanted]


async def test_who_leaves_is_told_and_begins_anew(office: Gateway) -> None:
    _, (first, second) = await wait(office, FIRST, SECOND)
    assert await office.hear("取消排队", FIRST) == first
    left = await row(office, first)
    assert (left.state, left.unanswered_since, left.resolved_at) == (ConversationState.CLOSED, None, NOW)
    assert await said(office, first) == ["你好", "取消排队", "您已取消排队。需要时请随时再联系我们。"]
    why = "The customer left the line."
    assert await story(office, first) == [
        (EventKind.CONVERSATION_RESOLVED, "contact", why),
        (EventKind.CONVERSATION_CLOSED, "contact", why),
    ]
    places = await office.services.database.read(waiting.places, {(await row(office, second)).address})
    assert [each.number for each in places.values()] == [1]
    again = await office.hear("你好", FIRST)
    assert again != first
    assert (await row(office, again)).previous_id is None


async def test_who_leaves_a_message_keeps_their_place_and_is_told_no_more(office: Gateway) -> None:
    queue_id, (first, second) = await wait(office, FIRST, SECOND)
    await office.services.database.write(queues.change, queue_id, {"tells_after": 0}, NOW, "test")
    assert await office.hear("留言", FIRST) == first
    assert await office.services.announcements.due() == [second]
    found = await row(office, first)
    assert (found.state, found.wish, found.unanswered_since) == (ConversationState.QUEUED, "message", NOW)
    assert (await said(office, first))[-1] == "好的，您不必等待。请直接写下要说的话，我们稍后在这里回复您。"
    assert [each[:2] for each in await story(office, first)] == [(EventKind.CONVERSATION_WISHED, "contact")]
    places = await office.services.database.read(waiting.places, {found.address})
    assert [(each.number, each.wish) for each in places.values()] == [(1, "message")]
    assert await office.hear("我的卡丢了", FIRST) == first


@pytest.mark.parametrize(
    ("asks", "minutes", "told"),
    [
        ("回电", 30, "好的，我们会在 12:30 前联系您。"),
        ("回电 15:15", 195, "好的，我们会在 15:15 前联系您。"),
        ("回电 9:00", 1260, "好的，我们会在 11-22 09:00 前联系您。"),
    ],
)
async def test_who_wants_to_be_called_back_is_promised_when(
    office: Gateway, asks: str, minutes: int, told: str
) -> None:
    """Their queue says within half an hour, unless they name a time. By SMS the number is known."""
    queue_id, (first,) = await wait(office, FIRST)
    await office.services.database.write(queues.change, queue_id, {"calls_back_within": 30}, NOW, "test")
    assert await office.hear(asks, FIRST) == first
    (promised,) = await office.services.database.read(deadlines.of_conversations, [first])
    assert (promised.kind, promised.note) == (DeadlineKind.CALLBACK, asks)
    assert promised.due_at == NOW + timedelta(minutes=minutes)
    assert (await row(office, first)).wish == "callback"
    assert (await said(office, first))[-1] == told


LONDON = "+442079460000"


@pytest.mark.parametrize(
    ("number", "asks", "hours", "zone", "told"),
    [
        (LONDON, "回电 9:00", 5, "Europe/London", "好的，我们会在 09:00 前联系您。"),
        (FIRST, f"回电 {LONDON} 9:00", 5, "Europe/London", "好的，我们会在 09:00 前联系您。"),
        # In Spain it may be one of two times: so it is that of the house.
        ("+34612345678", "回电 15:00", 3, "Asia/Shanghai", "好的，我们会在 15:00 前联系您。"),
    ],
)
async def test_a_time_of_day_is_that_of_the_customer(
    office: Gateway, number: str, asks: str, hours: int, zone: str, told: str
) -> None:
    """At noon in China it is four in the morning in London."""
    _, (first,) = await wait(office, number)
    await office.hear(asks, number)
    (promised,) = await office.services.database.read(deadlines.of_conversations, [first])
    assert (promised.due_at, promised.time_zone) == (NOW + timedelta(hours=hours), zone)
    assert (await said(office, first))[-1] == told


async def test_what_an_agent_promises_is_told_in_the_time_of_the_customer(office: Gateway) -> None:
    boss = await office.add_user("boss", role=Role.SUPERVISOR)
    conversation_id = await office.hear("Hello", LONDON)
    await office.services.promises.agree(boss, conversation_id, NOW + timedelta(hours=6), "refund")
    assert (await said(office, conversation_id))[-1] == "We will get back to you by 10:00 on 21 November."


async def test_an_answer_ends_the_wish(office: Gateway) -> None:
    queue_id, (first,) = await wait(office, FIRST)
    agent = await office.add_user("ann")
    await office.services.database.write(queues.set_members, queue_id, frozenset([agent.id]), NOW, "test")
    await office.hear("留言", FIRST)
    await office.services.desk.reply(await office.user(agent), first, (Text("您好"),), "key")
    assert (await row(office, first)).wish == ""


async def test_a_call_back_that_was_made_is_no_wish_any_more(office: Gateway) -> None:
    _, (first,) = await wait(office, FIRST)
    await office.hear("回电", FIRST)
    boss = await office.add_user("boss", role=Role.SUPERVISOR)
    await office.services.promises.keep(boss, first)
    assert (await row(office, first)).wish == ""


async def test_who_has_an_agent_is_only_heard(office: Gateway) -> None:
    _, (first,) = await wait(office, FIRST)
    agent = await office.add_user("ann", role=Role.SUPERVISOR)
    await office.services.desk.take(agent, first)
    assert await office.hear("取消排队", FIRST) == first
    assert (await row(office, first)).state is ConversationState.ASSIGNED
    assert await said(office, first) == ["你好", "取消排队"]


async def test_the_same_message_again_changes_nothing(office: Gateway) -> None:
    """Providers deliver twice."""
    _, (first,) = await wait(office, FIRST)
    body = {"key": "once", "from": FIRST, "text": "留言"}
    async with aiohttp.ClientSession(office.url) as provider:
        for _ in range(2):
            async with provider.post(f"/webhooks/{SMS}", json=body) as response:
                assert response.status == 200
    assert len(await said(office, first)) == 3


async def test_words_are_as_edited(office: Gateway) -> None:
    _, (first,) = await wait(office, FIRST)
    supervisor = await office.add_user("boss", role=Role.SUPERVISOR)
    book = RuleBook(words={"leave": ["算了"]})
    await office.services.rules.save(supervisor, book, "shorter")
    await soon(lambda: office.services.wishes.words.wish_in("算了"), "the edited words")
    await office.hear("取消排队", FIRST)
    assert (await row(office, first)).state is ConversationState.QUEUED
    await office.hear("算了", FIRST)
    assert (await row(office, first)).state is ConversationState.CLOSED


@pytest.mark.parametrize("menus", ["yes", "no"])
async def test_who_is_told_where_they_stand_is_told_the_ways_out(office: Gateway, menus: str) -> None:
    """As something to tap on where the channel has that, else by their words."""
    await office.add_account("other", menus=menus)
    queue_id = await office.add_queue("loans")
    await office.services.database.write(queues.change, queue_id, {"tells_after": 0}, NOW, "test")
    waits = await office.hear("hello", "+8613800000009", "other")
    await office.services.database.write(_queue, waits, queue_id, NOW)
    await office.services.announcements.tell(await office.services.announcements.due())
    _, told = await office.services.database.read(messages.of_conversation, waits)
    (part,) = told.parts
    if menus == "yes":
        assert isinstance(part, Menu)
        assert [each.label for each in part.options] == ["leave the queue", "leave a message", "call me back"]
    else:
        assert 'Reply "leave the queue" to stop waiting' in plain_text(told.parts)
