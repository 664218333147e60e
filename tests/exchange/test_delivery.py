"""Delivery: each part is handed over once, in order, and what became of it is written down."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from channels.contract import Accepted, Outgoing
from conversations.address import phone_address
from conversations.errors import (
    SEND_ERRORS,
    Fault,
    Misconfigured,
    NotSendable,
    OptedOut,
    Overtaken,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    TooOften,
    UnknownOutcome,
    WindowClosed,
)
from conversations.events import EventKind
from conversations.ids import AccountId
from conversations.message import Delivery, DeliveryState, Lane
from exchange.delivery import ATTEMPTS, LEASE, pause_before
from storage import accounts, contacts, deliveries, tables
from storage.database import DatabaseUnavailable
from storage.deliveries import Lease
from tests.support.builders import SetClock
from tests.support.core import CHAT, HAN, LI, SMS, Core, open_core, running
from tests.support.eventually import eventually
from tests.support.fake_channel import FakeProvider
from tests.support.postgres import PostgresServer

PENDING, SUBMITTING, ACCEPTED, FAILED, UNKNOWN = (
    DeliveryState.PENDING,
    DeliveryState.SUBMITTING,
    DeliveryState.ACCEPTED,
    DeliveryState.FAILED,
    DeliveryState.UNKNOWN,
)


async def test_what_was_posted_is_handed_over_with_its_key_and_accepted(core: Core) -> None:
    posted = await core.post_to(LI, "您好")
    assert await core.interactive.drain() == 1
    (outgoing,) = core.provider.sent
    assert (outgoing.delivery, outgoing.address, outgoing.part) == (posted.id, LI, posted.part)
    delivery = await core.delivery(posted.id)
    assert (delivery.state, delivery.external_id, delivery.attempt) == (ACCEPTED, "name-1", 1)
    assert core.counted.delivery == {"accepted": 1}
    assert await core.interactive.drain() == 0


async def test_a_row_is_submitting_for_everybody_when_the_channel_is_called(core: Core, other: Core) -> None:
    seen = []

    async def look(outgoing: Outgoing) -> Accepted:
        seen.append((await other.delivery(outgoing.delivery)).state)
        return Accepted("name")

    core.provider.always = look
    await core.post_to(LI)
    await core.interactive.drain()
    assert seen == [SUBMITTING]


# Order


async def test_parts_and_messages_of_a_conversation_go_in_order_one_at_a_time(core: Core) -> None:
    """Fifty rounds would overtake one another, were they not held back by what is not done yet."""
    in_flight = 0

    async def slowly(outgoing: Outgoing) -> Accepted:
        nonlocal in_flight
        in_flight += 1
        assert in_flight == 1
        await asyncio.sleep(0)
        in_flight -= 1
        return Accepted(outgoing.delivery)

    core.provider.always = slowly
    heard = await core.hear()
    conversation = await core.conversation(heard.conversation_id)
    for first in range(0, 9, 3):
        await core.post(conversation, *map(str, range(first, first + 3)))
    await core.interactive.drain()
    assert core.provider.texts() == [str(number) for number in range(9)]


async def test_what_follows_waits_while_a_part_is_tried_again(core: Core) -> None:
    core.provider.answers.append(ProviderUnavailable())
    heard = await core.hear()
    await core.post(await core.conversation(heard.conversation_id), "one", "two")
    await core.interactive.drain()
    assert core.provider.texts() == ["one"]
    core.clock.forward(timedelta(minutes=5))
    await core.interactive.drain()
    assert core.provider.texts() == ["one", "one", "two"]


async def test_what_follows_goes_on_when_a_part_has_failed(core: Core) -> None:
    core.provider.answers.append(Rejected())
    heard = await core.hear()
    message = await core.post(await core.conversation(heard.conversation_id), "one", "two")
    await core.interactive.drain()
    assert [part.state for part in await core.parts_of(message)] == [FAILED, ACCEPTED]
    assert (await core.message(message.key)).state is FAILED


async def test_other_conversations_do_not_wait_for_a_part_that_is_tried_again(core: Core) -> None:
    core.provider.answers.append(ProviderUnavailable())
    await core.post_to(LI, "one")
    await core.interactive.drain()
    await core.post_to(HAN, "two")
    await core.interactive.drain()
    assert core.provider.texts() == ["one", "two"]


# Lanes


async def test_each_lane_has_its_own_courier(core: Core) -> None:
    await core.post_to(LI, "bulk", lane=Lane.BULK)
    await core.post_to(HAN, "interactive")
    await core.interactive.drain()
    assert core.provider.texts() == ["interactive"]
    await core.bulk.drain()
    assert core.provider.texts() == ["interactive", "bulk"]


async def test_an_answer_does_not_wait_behind_bulk_in_its_own_conversation(core: Core) -> None:
    """While Redis is away nobody empties the bulk lane; agents go on answering."""
    heard = await core.hear()
    conversation = await core.conversation(heard.conversation_id)
    await core.post(conversation, "survey", lane=Lane.BULK)
    await core.post(conversation, "answer")
    await core.interactive.drain()
    assert core.provider.texts() == ["answer"]


async def test_bulk_waits_behind_an_answer_in_its_conversation(core: Core) -> None:
    heard = await core.hear()
    conversation = await core.conversation(heard.conversation_id)
    await core.post(conversation, "answer")
    await core.post(conversation, "survey", lane=Lane.BULK)
    assert await core.bulk.drain() == 0
    await core.interactive.drain()
    await core.bulk.drain()
    assert core.provider.texts() == ["answer", "survey"]


# Errors


@dataclass(frozen=True)
class Consequence:
    """What an error means: who must act, and where the row is afterwards."""

    fault: Fault
    state: DeliveryState
    attempt: int = 1
    pauses: bool = False
    reachable: bool = True


CONSEQUENCES: dict[type[SendError], Consequence] = {
    ProviderUnavailable: Consequence(Fault.PROVIDER, PENDING, attempt=2),
    Throttled: Consequence(Fault.NOBODY, PENDING, attempt=2),
    UnknownOutcome: Consequence(Fault.PROVIDER, UNKNOWN),
    WindowClosed: Consequence(Fault.NOBODY, FAILED),
    Rejected: Consequence(Fault.CONTENT, FAILED),
    OptedOut: Consequence(Fault.CUSTOMER, FAILED, reachable=False),
    TooOften: Consequence(Fault.NOBODY, FAILED),
    Overtaken: Consequence(Fault.NOBODY, FAILED),
    Misconfigured: Consequence(Fault.OPERATOR, FAILED, pauses=True),
    NotSendable: Consequence(Fault.HUILIU, FAILED),
}


def test_every_error_has_its_consequence() -> None:
    assert set(CONSEQUENCES) == set(SEND_ERRORS)


@pytest.mark.parametrize("kind", SEND_ERRORS)
async def test_each_error_says_who_acts_and_what_happens(core: Core, kind: type[SendError]) -> None:
    core.provider.answers.append(kind("the provider's words", code="45015"))
    posted = await core.post_to(LI)
    await core.interactive.drain()
    delivery = await core.delivery(posted.id)
    found = Consequence(
        fault=kind.fault,
        state=delivery.state,
        attempt=delivery.attempt,
        pauses=bool(await paused(core, SMS)),
        reachable=await core.database.read(contacts.is_reachable, LI),
    )
    assert found == CONSEQUENCES[kind]
    assert (delivery.error_kind, delivery.error_code, delivery.error_text) == (
        kind.kind,
        "45015",
        "the provider's words",
    )
    assert len(core.provider.sent) == 1
    (message,) = [row for row in await core.rows(tables.messages) if row.id == posted.message_id]
    assert message.state == delivery.state


async def paused(core: Core, account: AccountId) -> str:
    """Why an account is paused, or nothing."""
    (row,) = [row for row in await core.rows(tables.accounts) if row.id == account]
    return str(row.paused)


async def test_a_retry_calls_the_provider_again_with_the_same_key(core: Core) -> None:
    core.provider.answers.extend([ProviderUnavailable(), ProviderUnavailable()])
    posted = await core.post_to(LI)
    for _ in range(3):
        await core.interactive.drain()
        core.clock.forward(timedelta(minutes=5))
    assert [each.delivery for each in core.provider.sent] == [posted.id] * 3
    delivery = await core.delivery(posted.id)
    assert (delivery.state, delivery.attempt) == (ACCEPTED, 3)


async def test_a_provider_that_stays_away_is_asked_so_many_times(core: Core) -> None:
    core.provider.answers.extend(ProviderUnavailable() for _ in range(ATTEMPTS + 1))
    posted = await core.post_to(LI)
    for _ in range(ATTEMPTS + 1):
        await core.interactive.drain()
        core.clock.forward(timedelta(minutes=10))
    delivery = await core.delivery(posted.id)
    assert (delivery.state, delivery.attempt, len(core.provider.sent)) == (FAILED, ATTEMPTS, ATTEMPTS)


def test_pauses_double_with_jitter_up_to_five_minutes() -> None:
    for attempt, seconds in ((2, 2), (3, 4), (4, 8), (5, 16), (9, 256), (10, 300), (12, 300)):
        assert 0.75 * seconds <= pause_before(attempt).total_seconds() <= 1.25 * seconds


async def test_throttled_waits_as_long_as_the_provider_says(core: Core) -> None:
    core.provider.answers.append(Throttled(after=timedelta(seconds=77)))
    posted = await core.post_to(LI)
    await core.interactive.drain()
    assert (await core.delivery(posted.id)).due_at == core.clock.now + timedelta(seconds=77)
    core.clock.forward(timedelta(seconds=76))
    assert await core.interactive.drain() == 0
    core.clock.forward(timedelta(seconds=1))
    assert await core.interactive.drain() == 1


async def test_a_paused_account_sends_nothing_until_it_is_resumed(core: Core) -> None:
    """The one that met the wrong secret has failed; those behind it wait, and receiving goes on."""
    core.provider.answers.append(Misconfigured("wrong secret"))
    await core.post_to(LI, "one")
    await core.interactive.drain()
    await core.post_to(HAN, "two")
    assert await core.interactive.drain() == 0
    await core.database.write(accounts.resume, SMS, core.clock(), "test")
    await core.interactive.drain()
    assert core.provider.texts() == ["one", "two"]
    reasons = [event.reason for event in await core.story(EventKind.ACCOUNT_CHANGED)]
    assert reasons[-2:] == ["paused: wrong secret", "resumed"]


async def test_another_account_goes_on_while_one_is_paused(core: Core) -> None:
    await core.database.write(accounts.pause, SMS, "test", core.clock())
    await core.post_to(LI, "sms")
    await core.post_to(HAN, "chat", account=CHAT)
    await core.interactive.drain()
    assert core.provider.texts() == ["chat"]


async def test_a_fault_of_the_channel_leaves_the_outcome_unknown_and_the_lane_open(core: Core) -> None:
    async def break_down(outgoing: Outgoing) -> Accepted:
        raise ZeroDivisionError

    core.provider.answers.append(break_down)
    broken, fine = await core.post_to(LI), await core.post_to(HAN)
    await core.interactive.drain()
    assert [(await core.delivery(each.id)).state for each in (broken, fine)] == [UNKNOWN, ACCEPTED]


# Doubt


async def test_an_unknown_outcome_is_sent_again_with_its_key_where_the_provider_knows_it(core: Core) -> None:
    core.provider.answers.append(UnknownOutcome())
    posted = await core.post_to(LI, account=CHAT)
    await core.interactive.drain()
    core.clock.forward(timedelta(minutes=1))
    await core.interactive.drain()
    assert [each.delivery for each in core.provider.sent] == [posted.id] * 2
    assert (await core.delivery(posted.id)).state is ACCEPTED


async def test_an_unknown_outcome_is_not_sent_again_by_itself_elsewhere(core: Core) -> None:
    core.provider.answers.append(UnknownOutcome())
    posted = await core.post_to(LI, account=SMS)
    await core.interactive.drain()
    core.clock.forward(timedelta(days=1))
    await core.interactive.sweep()
    assert await core.interactive.drain() == 0
    assert (await core.delivery(posted.id)).state is UNKNOWN


async def claimed_by_the_dead(core: Core, account: AccountId) -> Delivery:
    """A process died between claiming a row and writing down what became of it."""
    posted = await core.post_to(LI, account=account)
    await die_with_a_row(core)
    return await core.delivery(posted.id)


async def die_with_a_row(core: Core) -> None:
    lease = Lease("the dead", core.clock() + LEASE)
    await core.database.write(deliveries.claim, Lane.INTERACTIVE, core.clock(), lease, 1)


@pytest.mark.parametrize(("account", "state", "calls"), [(SMS, UNKNOWN, 0), (CHAT, ACCEPTED, 1)])
async def test_a_row_whose_worker_died_while_sending(
    core: Core, account: AccountId, state: DeliveryState, calls: int
) -> None:
    """Unknown, unless the provider recognises our key: then it is sent again with the same one."""
    left = await claimed_by_the_dead(core, account)
    assert left.state is SUBMITTING
    assert await core.interactive.sweep() == 0
    core.clock.forward(LEASE + timedelta(seconds=1))
    assert await core.interactive.sweep() == 1
    core.clock.forward(timedelta(minutes=1))
    await core.interactive.drain()
    assert ((await core.delivery(left.id)).state, [each.delivery for each in core.provider.sent]) == (
        state,
        [left.id] * calls,
    )


async def test_a_late_answer_settles_what_was_unknown(core: Core, other: Core) -> None:
    """The worker was not dead, only slow: its answer comes after the sweep."""
    called, answered = asyncio.Event(), asyncio.Event()

    async def slowly(outgoing: Outgoing) -> Accepted:
        called.set()
        await answered.wait()
        return Accepted("late")

    posted = await core.post_to(LI)
    core.provider.answers.append(slowly)
    drain = asyncio.create_task(core.interactive.drain())
    await called.wait()
    core.clock.forward(LEASE + timedelta(seconds=1))
    await other.interactive.sweep()
    assert (await core.delivery(posted.id)).state is UNKNOWN
    answered.set()
    await drain
    delivery = await core.delivery(posted.id)
    assert (delivery.state, delivery.external_id) == (ACCEPTED, "late")
    assert len(core.provider.sent) == 1


async def test_a_row_that_dies_with_its_workers_is_not_tried_for_ever(core: Core) -> None:
    """Even where the provider knows our key, attempts are counted."""
    left = await claimed_by_the_dead(core, CHAT)
    for _ in range(ATTEMPTS):
        core.clock.forward(timedelta(minutes=10))
        await core.interactive.sweep()
        core.clock.forward(timedelta(minutes=10))
        await die_with_a_row(core)
    delivery = await core.delivery(left.id)
    assert (delivery.state, delivery.attempt) == (UNKNOWN, ATTEMPTS)


# Two couriers


async def test_two_processes_never_send_one_row_twice(core: Core, other: Core) -> None:
    posted = [await core.post_to(phone_address(f"+86139{number:08}")) for number in range(50)]
    await asyncio.gather(core.interactive.drain(), other.interactive.drain())
    assert sorted(each.delivery for each in core.provider.sent) == sorted(each.id for each in posted)
    assert {row.state for row in await core.rows(tables.deliveries)} == {ACCEPTED}


async def test_two_processes_keep_the_order_of_a_conversation(core: Core, other: Core) -> None:
    heard = await core.hear()
    conversation = await core.conversation(heard.conversation_id)
    for number in range(10):
        await core.post(conversation, str(number))
    while any(await asyncio.gather(core.interactive.drain(), other.interactive.drain())):
        continue
    assert core.provider.texts() == [str(number) for number in range(10)]


# Running


async def test_a_running_courier_sends_when_it_is_rung(core: Core) -> None:
    sent = asyncio.Event()

    async def note(outgoing: Outgoing) -> Accepted:
        sent.set()
        return Accepted("name")

    core.provider.always = note
    core.database.on_commit(lambda events: core.interactive.ring())
    async with running(core.interactive.run()):
        await core.post_to(LI)
        async with asyncio.timeout(30):
            await sent.wait()


async def test_a_courier_that_is_stopped_writes_down_what_it_has_sent(core: Core) -> None:
    """Its process ends in good order: nothing is left in doubt."""
    called, answered = asyncio.Event(), asyncio.Event()

    async def slowly(outgoing: Outgoing) -> Accepted:
        called.set()
        await answered.wait()
        return Accepted("name")

    core.provider.always = slowly
    posted = await core.post_to(LI)
    courier = asyncio.create_task(core.interactive.run())
    await called.wait()
    courier.cancel()
    asyncio.get_running_loop().call_soon(answered.set)
    with pytest.raises(asyncio.CancelledError):
        await courier
    assert (await core.delivery(posted.id)).state is ACCEPTED


async def test_what_was_sent_is_written_down_when_the_database_is_back(
    postgresql_url: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    called, answered = asyncio.Event(), asyncio.Event()

    async def slowly(outgoing: Outgoing) -> Accepted:
        called.set()
        await answered.wait()
        return Accepted("name")

    async with open_core(postgresql_url, tmp_path, FakeProvider(always=slowly), SetClock()) as core:
        posted = await core.post_to(LI)
        async with running(core.interactive.run()):
            await called.wait()
            async with postgres.away(postgresql_url):
                answered.set()
                with pytest.raises(DatabaseUnavailable):
                    await core.delivery(posted.id)
            await eventually(partial(is_accepted, core, posted), "it is written down")
    assert len(core.provider.sent) == 1


async def is_accepted(core: Core, posted: Delivery) -> bool:
    return (await core.delivery(posted.id)).state is ACCEPTED
