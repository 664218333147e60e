"""Receipts: the provider's later word is never lost and never moves a part backwards, whenever it comes."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from channels.contract import Accepted, Outgoing
from conversations.address import phone_address
from conversations.errors import UnknownOutcome
from conversations.events import EventKind
from conversations.inbound import Receipt, ReceiptStatus
from conversations.message import Delivery, DeliveryState
from conversations.people import Role
from storage import tables
from tests.support.builders import NOW, a_user, store
from tests.support.core import HAN, LI, MAIL, Core

READ, DELIVERED, ACCEPTED, FAILED = (
    ReceiptStatus.READ,
    ReceiptStatus.DELIVERED,
    ReceiptStatus.ACCEPTED,
    ReceiptStatus.FAILED,
)


def a_receipt(status: ReceiptStatus, name: str = "name-1", **changes: Any) -> Receipt:
    return replace(Receipt(status=status, occurred_at=NOW, external_id=name), **changes)


async def sent(core: Core) -> Delivery:
    """A part that the provider has taken over as `name-1`."""
    posted = await core.post_to(LI)
    await core.interactive.drain()
    return await core.delivery(posted.id)


async def told(core: Core, delivery: Delivery) -> list[object]:
    """The states that the story tells of a part."""
    story = await core.story(EventKind.DELIVERY_CHANGED)
    return [event.data["state"] for event in story if event.subject_id == delivery.id]


@pytest.mark.parametrize("status", [DELIVERED, READ, FAILED])
async def test_a_receipt_moves_its_part_and_its_message(core: Core, status: ReceiptStatus) -> None:
    delivery = await sent(core)
    await core.accept(a_receipt(status, code="MK:0001", text="空号"))
    moved = await core.delivery(delivery.id)
    assert moved.state == status.value
    assert (await core.message_of(delivery)).state == status.value
    failure = ("rejected", "MK:0001", "空号") if status is FAILED else ("", "", "")
    assert (moved.error_kind, moved.error_code, moved.error_text) == failure


async def test_a_receipt_that_comes_before_its_name_is_known_waits_for_it(core: Core) -> None:
    """Some providers are faster than their own answers."""
    posted = await core.post_to(LI)
    await core.accept(a_receipt(DELIVERED))
    assert (await core.delivery(posted.id)).state is DeliveryState.PENDING
    await core.interactive.drain()
    assert (await core.delivery(posted.id)).state is DeliveryState.DELIVERED
    assert (await core.message_of(posted)).state is DeliveryState.DELIVERED
    assert await core.rows(tables.receipts) == []


async def test_receipts_that_race_with_the_answer_are_not_lost(core: Core, other: Core) -> None:
    """They arrive at another gateway while the answer is being written down."""
    receipts = []

    async def answer(outgoing: Outgoing) -> Accepted:
        early = a_receipt(DELIVERED, name=outgoing.delivery)
        receipts.append(asyncio.create_task(other.accept(early)))
        return Accepted(outgoing.delivery)

    core.provider.always = answer
    for number in range(40):
        await core.post_to(phone_address(f"+86139{number:08}"))
        await core.interactive.drain()
    await asyncio.gather(*receipts)
    assert [row.state for row in await core.rows(tables.deliveries)] == ["delivered"] * 40
    assert await core.rows(tables.receipts) == []


async def test_early_receipts_are_taken_in_the_order_of_their_times_and_once(core: Core) -> None:
    posted = await core.post_to(LI)
    later = a_receipt(READ, occurred_at=NOW + timedelta(seconds=1))
    await core.accept(later)
    await core.accept(a_receipt(DELIVERED))
    await core.accept(a_receipt(DELIVERED))
    assert len(await core.rows(tables.receipts)) == 2
    await core.interactive.drain()
    assert await told(core, posted) == ["delivered", "read", "accepted"]
    assert (await core.delivery(posted.id)).state is DeliveryState.READ


async def test_whatever_the_order_of_receipts_a_part_never_goes_back(core: Core) -> None:
    """All 24 orders: `failed` ends a part that was not delivered before, else the end is `read`."""
    orders = list(permutations(ReceiptStatus))
    core.provider.always = by_its_own_name
    posted = [await core.post_to(phone_address(f"+86139{number:08}")) for number in range(len(orders))]
    await core.interactive.drain()
    for turn in range(len(ReceiptStatus)):
        news = [a_receipt(order[turn], each.id) for order, each in zip(orders, posted, strict=True)]
        await core.accept(*news, *news)
    found = [(await core.delivery(each.id)).state for each in posted]
    assert found == [
        DeliveryState.FAILED
        if order.index(FAILED) < min(order.index(DELIVERED), order.index(READ))
        else DeliveryState.READ
        for order in orders
    ]


async def by_its_own_name(outgoing: Outgoing) -> Accepted:
    """A provider that uses our key as its name."""
    return Accepted(outgoing.delivery)


async def test_a_late_accepted_does_not_hide_delivered(core: Core) -> None:
    delivery = await sent(core)
    await core.accept(a_receipt(DELIVERED))
    await core.accept(a_receipt(ACCEPTED))
    assert (await core.delivery(delivery.id)).state is DeliveryState.DELIVERED


async def test_failed_after_delivered_is_told_and_changes_nothing(core: Core) -> None:
    delivery = await sent(core)
    await core.accept(a_receipt(DELIVERED))
    await core.accept(a_receipt(FAILED, code="1", text="no"))
    after = await core.delivery(delivery.id)
    assert (after.state, after.error_code) == (DeliveryState.DELIVERED, "")
    assert (await core.message_of(delivery)).state is DeliveryState.DELIVERED
    assert await told(core, delivery) == ["accepted", "delivered", "failed"]
    assert (await core.story(EventKind.DELIVERY_CHANGED))[-1].reason == "1 no"


async def test_a_receipt_twice_is_told_once(core: Core) -> None:
    delivery = await sent(core)
    for _ in range(3):
        await core.accept(a_receipt(DELIVERED))
    assert await told(core, delivery) == ["accepted", "delivered"]


async def test_one_name_for_two_people_is_told_apart_by_their_addresses(core: Core) -> None:
    """A batch of short messages has one name."""

    async def batch(outgoing: Outgoing) -> Accepted:
        return Accepted("batch")

    core.provider.always = batch
    to_li, to_han = await core.post_to(LI), await core.post_to(HAN)
    await core.interactive.drain()
    await core.accept(a_receipt(FAILED, "batch", address=HAN), a_receipt(DELIVERED, "batch", address=LI))
    assert [(await core.delivery(each.id)).state for each in (to_li, to_han)] == [
        DeliveryState.DELIVERED,
        DeliveryState.FAILED,
    ]


async def test_a_receipt_with_our_key_settles_what_was_unknown(core: Core) -> None:
    core.provider.answers.append(UnknownOutcome())
    posted = await core.post_to(LI)
    await core.interactive.drain()
    await core.accept(a_receipt(DELIVERED, "never heard of", delivery=posted.id))
    assert (await core.delivery(posted.id)).state is DeliveryState.DELIVERED


async def test_a_receipt_with_our_key_may_overtake_the_answer_to_the_call(core: Core) -> None:
    async def overtaken(outgoing: Outgoing) -> Accepted:
        await core.accept(a_receipt(DELIVERED, "name", delivery=outgoing.delivery))
        return Accepted("name")

    core.provider.always = overtaken
    delivery = await sent(core)
    assert (delivery.state, delivery.external_id) == (DeliveryState.DELIVERED, "name")


@pytest.mark.parametrize("by", ["key", "name"])
async def test_a_receipt_of_another_account_moves_nothing(core: Core, by: str) -> None:
    delivery = await sent(core)
    receipt = a_receipt(FAILED, "", delivery=delivery.id) if by == "key" else a_receipt(FAILED)
    await core.accept(receipt, account=MAIL)
    assert (await core.delivery(delivery.id)).state is DeliveryState.ACCEPTED


async def test_the_state_of_a_message_is_that_of_its_least_fortunate_part(core: Core) -> None:
    heard = await core.hear()
    message = await core.post(await core.conversation(heard.conversation_id), "one", "two", "three")
    await core.interactive.drain()
    states = []
    for status, name in ((READ, 1), (DELIVERED, 2), (DELIVERED, 3), (READ, 3), (READ, 2)):
        await core.accept(a_receipt(status, f"name-{name}"))
        states.append((await core.message(message.key)).state)
    assert states == ["accepted", "accepted", "delivered", "delivered", "read"]


async def test_a_failure_that_is_told_again_does_not_undo_a_retry(core: Core) -> None:
    """Providers repeat their receipts; this one is about the attempt before."""
    delivery = await sent(core)
    failed = a_receipt(FAILED, delivery=delivery.id)
    await core.accept(failed)
    user = a_user(role=Role.SUPERVISOR)
    await core.database.write(store, user)
    await core.desk.retry(user, delivery.id)
    await core.accept(failed)
    await core.interactive.drain()
    retried = await core.delivery(delivery.id)
    assert (retried.state, retried.attempt, len(core.provider.sent)) == (DeliveryState.ACCEPTED, 2, 2)
    assert (await core.message_of(delivery)).state is DeliveryState.ACCEPTED


async def test_a_failure_of_the_attempt_before_does_not_end_the_one_that_is_on_its_way(core: Core) -> None:
    delivery = await sent(core)
    await core.accept(a_receipt(FAILED))

    async def meanwhile(outgoing: Outgoing) -> Accepted:
        await core.accept(a_receipt(FAILED))
        return Accepted("name-2")

    core.provider.always = meanwhile
    user = a_user(role=Role.SUPERVISOR)
    await core.database.write(store, user)
    await core.desk.retry(user, delivery.id)
    await core.interactive.drain()
    assert (await core.delivery(delivery.id)).state is DeliveryState.ACCEPTED
