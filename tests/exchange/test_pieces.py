"""Long messages that come in pieces become one message, whatever the order, and never two."""

import asyncio
from datetime import timedelta
from itertools import permutations

import pytest

from conversations.address import Address, phone_address
from conversations.inbound import Fragment, InboundMessage
from conversations.parts import Text
from exchange.pieces import PATIENCE
from storage import tables
from tests.support.builders import NOW
from tests.support.core import HAN, LI, Core, a_saying


def a_piece(number: int, total: int = 3, *, reference: str = "4711", address: Address = LI) -> InboundMessage:
    return a_saying(
        f"<{number}>",
        address=address,
        key=f"{address} {reference} {number}",
        occurred_at=NOW,
        fragment=Fragment(reference=reference, number=number, total=total),
    )


async def said(core: Core) -> list[str]:
    rows = await core.rows(tables.messages)
    return ["".join(part.text for part in row.parts if isinstance(part, Text)) for row in rows]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
async def test_pieces_in_any_order_are_one_message(core: Core, order: tuple[int, ...]) -> None:
    for number in order:
        assert await said(core) == []
        await core.accept(a_piece(number))
    assert await said(core) == ["<1><2><3>"]
    assert await core.rows(tables.fragments) == []


async def test_pieces_in_one_request_are_one_message(core: Core) -> None:
    await core.accept(a_piece(2), a_piece(3), a_piece(1))
    assert await said(core) == ["<1><2><3>"]


async def test_a_piece_that_comes_twice_counts_once_even_after_the_message_is_whole(core: Core) -> None:
    for number in (1, 1, 2, 3, 2, 1, 3):
        await core.accept(a_piece(number))
    assert await said(core) == ["<1><2><3>"]
    assert await core.rows(tables.fragments) == []


async def test_two_customers_with_the_same_reference_are_not_mixed(core: Core) -> None:
    for number in (1, 2):
        for address in (LI, HAN):
            await core.accept(a_piece(number, 2, address=address))
    assert sorted(await said(core)) == ["<1><2>", "<1><2>"]
    assert {row.address for row in await core.rows(tables.messages)} == {LI, HAN}


async def test_what_never_came_leaves_a_gap_after_half_an_hour(core: Core) -> None:
    await core.accept(a_piece(2, 4))
    core.clock.forward(PATIENCE - timedelta(seconds=1))
    assert await core.intake.give_up_waiting() == 0
    core.clock.forward(timedelta(seconds=2))
    assert await core.intake.give_up_waiting() == 1
    assert await core.intake.give_up_waiting() == 0
    assert await said(core) == ["[…]<2>[…]"]


async def test_a_piece_after_that_does_not_wait_for_those_that_are_stored(core: Core) -> None:
    await core.accept(a_piece(1, 2))
    core.clock.forward(PATIENCE + timedelta(seconds=1))
    await core.intake.give_up_waiting()
    await core.accept(a_piece(2, 2))
    core.clock.forward(PATIENCE + timedelta(seconds=1))
    await core.intake.give_up_waiting()
    assert await said(core) == ["<1>[…]", "[…]<2>"]


async def test_a_reference_that_is_used_again_begins_another_message(core: Core) -> None:
    await core.accept(a_piece(1, 2))
    again = a_saying("<new>", key="another", fragment=Fragment(reference="4711", number=1, total=2))
    await core.accept(again)
    await core.accept(a_piece(2, 2))
    assert await said(core) == ["<1>[…]", "<new><2>"]


async def test_two_processes_that_get_one_piece_each_at_once_make_one_message(core: Core, other: Core) -> None:
    """Neither may wait for a piece that the other has just stored."""
    senders = [phone_address(f"+86138000000{number:02}") for number in range(50)]
    for sender in senders:
        await asyncio.gather(core.accept(a_piece(1, 2, address=sender)), other.accept(a_piece(2, 2, address=sender)))
    assert await said(core) == ["<1><2>"] * len(senders)
    assert await core.rows(tables.fragments) == []


async def test_a_piece_counts_as_stored_and_its_repetition_as_a_duplicate(core: Core) -> None:
    for number in (1, 1, 2, 3):
        await core.accept(a_piece(number))
    assert core.counted.intake == {"stored": 3, "duplicate": 1}
