"""The outbox: rows come back as they were, and the oldest due ones are claimed first."""

from datetime import timedelta

import pytest

from conversations.message import Delivery, DeliveryState, Lane
from storage import accounts, deliveries
from storage.database import Connection, Transaction
from storage.deliveries import Lease
from tests.support.builders import NOW
from tests.support.core import HAN, LI, SMS, Core

MINUTE = timedelta(minutes=1)


async def claimed(core: Core, limit: int = 50, lane: Lane = Lane.INTERACTIVE) -> list[str]:
    """What one claim takes."""
    lease = Lease("holder", core.clock() + MINUTE)
    return [row.id for row in await core.database.write(deliveries.claim, lane, core.clock(), lease, limit)]


async def due_at(core: Core, delivery: Delivery, minutes: int) -> None:
    await core.database.write(deliveries.change, delivery.id, {"due_at": NOW + minutes * MINUTE})


async def test_a_part_comes_back_as_it_was(core: Core) -> None:
    posted = await core.post_to(LI, "您好")
    assert posted == await core.delivery(posted.id)
    assert (posted.state, posted.attempt, posted.due_at, posted.trace) == (DeliveryState.PENDING, 1, NOW, "trace")


async def test_the_oldest_due_rows_are_claimed_first_and_no_more_than_asked_for(core: Core) -> None:
    later, earlier = await core.post_to(LI), await core.post_to(HAN)
    await due_at(core, earlier, -1)
    assert await claimed(core, limit=1) == [earlier.id]
    assert await claimed(core) == [later.id]
    assert await claimed(core) == []


async def test_rows_are_claimed_when_they_are_due_and_not_before(core: Core) -> None:
    posted = await core.post_to(LI)
    await due_at(core, posted, 1)
    assert await claimed(core) == []
    core.clock.forward(MINUTE)
    assert await claimed(core) == [posted.id]


async def test_a_lane_knows_when_its_next_row_is_due(core: Core) -> None:
    assert await next_due(core) is None
    await due_at(core, await core.post_to(LI), 3)
    await due_at(core, await core.post_to(HAN), 2)
    assert await next_due(core) == NOW + 2 * MINUTE
    await core.database.write(accounts.pause, SMS, "test", NOW)
    assert await next_due(core) is None


async def next_due(core: Core) -> object:
    return await core.database.read(deliveries.next_due, Lane.INTERACTIVE)


async def test_what_is_left_to_do_is_counted_by_state(core: Core) -> None:
    await core.post_to(LI, "one")
    await core.interactive.drain()
    await core.post_to(LI, "two")
    await core.post_to(HAN, "three")
    await claimed(core, limit=1)
    assert await core.database.read(deliveries.count_by_state) == {"pending": 1, "submitting": 1}


async def test_a_claim_that_is_not_committed_claims_nothing(core: Core) -> None:
    posted = await core.post_to(LI)

    def broken(transaction: Transaction) -> None:
        deliveries.claim(transaction, Lane.INTERACTIVE, NOW, Lease("holder", NOW + MINUTE), 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await core.database.write(broken)
    assert await claimed(core) == [posted.id]


async def test_parts_of_messages_come_in_their_order(core: Core) -> None:
    heard = await core.hear()
    message = await core.post(await core.conversation(heard.conversation_id), "one", "two", "three")

    def positions(connection: Connection) -> list[int]:
        return [part.position for part in deliveries.of_messages(connection, [message.id])[message.id]]

    assert await core.database.read(positions) == [0, 1, 2]
