"""Passive answers: what is said in time goes into the customer's own request, and each redelivery hears the same."""

import asyncio
from datetime import timedelta

from channels.contract import Parsed, Passive, WebhookRequest
from conversations.ids import new_id
from conversations.message import Delivery, DeliveryState
from exchange.accounts import Endpoint
from exchange.passive import REDELIVERIES, PassiveAnswers
from storage.slots import Answered
from tests.support.core import LI, SMS, Core, a_saying, running

ROOM = Passive(key="event-1", address=LI, seconds=4)


def endpoint_of(core: Core) -> Endpoint:
    endpoint = core.accounts.get(SMS)
    assert endpoint is not None
    return endpoint


def a_request(core: Core) -> WebhookRequest:
    return WebhookRequest(method="POST", url="https://huiliu.example", body=b"hello", received_at=core.clock())


async def ask(core: Core, request: WebhookRequest, opens: str = "") -> None:
    """A customer's message that has room for an answer is stored."""
    news = a_saying("hello", key="event-1", opens=opens)
    await core.intake.accept(SMS, request, Parsed((news,), passive=ROOM), trace="trace")


def waiting(core: Core) -> PassiveAnswers:
    core.database.on_commit(core.feed.hear)
    return PassiveAnswers(core.database, core.feed, core.clock, "holder")


async def answer(core: Core, text: str = "您好") -> Delivery:
    message = await core.message("event-1")
    posted = await core.post(await core.conversation(message.conversation_id), text, key=new_id())
    return (await core.parts_of(posted))[0]


async def held(
    core: Core, text: str = "您好", opens: str = ""
) -> tuple[PassiveAnswers, WebhookRequest, Delivery, Answered]:
    """A request that was answered while it was held open."""
    passive, request = waiting(core), a_request(core)
    await core.feed.start()
    await ask(core, request, opens)
    async with running(core.feed.run()):
        asking = asyncio.create_task(passive.answer(endpoint_of(core), request, ROOM))
        row = await answer(core, text)
        answered = await asking
    assert answered is not None
    return passive, request, row, answered


async def test_what_is_said_in_time_is_the_answer_and_is_not_sent_again(core: Core) -> None:
    passive, _, row, answered = await held(core)
    assert answered.body == "您好 < hello".encode()
    assert (await core.delivery(row.id)).state is DeliveryState.SUBMITTING
    await passive.written(answered)
    assert (await core.delivery(row.id)).state is DeliveryState.ACCEPTED
    core.clock.forward(timedelta(minutes=5))
    await core.interactive.sweep()
    await core.interactive.drain()
    assert core.provider.sent == []


async def test_what_is_said_in_the_answer_costs_nothing_of_the_window(core: Core) -> None:
    """The window lets two messages through; both are left."""
    await core.change_account(SMS, windows="yes")
    passive, _, row, answered = await held(core, opens="message")
    await passive.written(answered)
    talk = await core.conversation(row.conversation_id)
    later = [await core.post(talk, text, key=new_id()) for text in ("one", "two", "three")]
    core.clock.forward(timedelta(seconds=5))
    await core.interactive.drain()
    states = [(await core.parts_of(each))[0].state for each in later]
    assert states == [DeliveryState.ACCEPTED, DeliveryState.ACCEPTED, DeliveryState.FAILED]


async def test_each_redelivery_is_given_the_same_answer(core: Core) -> None:
    passive, request, _, answered = await held(core)
    await ask(core, request)
    await answer(core, "noch etwas")
    assert await passive.answer(endpoint_of(core), request, ROOM) == answered


async def test_what_is_said_while_a_request_is_open_waits_for_it(core: Core) -> None:
    await ask(core, a_request(core))
    row = await answer(core)
    assert await core.interactive.drain() == 0
    core.clock.forward(timedelta(seconds=ROOM.seconds))
    assert await core.interactive.drain() == 1
    assert (await core.delivery(row.id)).state is DeliveryState.ACCEPTED


async def test_without_a_word_in_time_the_request_has_no_answer(core: Core) -> None:
    request = a_request(core)
    await ask(core, request)
    core.clock.forward(timedelta(seconds=3.9))
    assert await waiting(core).answer(endpoint_of(core), request, ROOM) is None


async def test_an_answer_that_nobody_wrote_to_its_end_is_unknown(core: Core) -> None:
    _, _, row, _ = await held(core)
    core.clock.forward(REDELIVERIES + timedelta(seconds=1))
    await core.interactive.sweep()
    assert (await core.delivery(row.id)).state is DeliveryState.UNKNOWN
