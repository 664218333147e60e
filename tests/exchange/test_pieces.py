"""Long messages that come in pieces become one message, whatever the order, and never two."""

import asyncio
from datetime import timedelta
from itertools import permutations

import pytest

from conversations.address import Address, phone_address
from conversations.inbound import Fragment, InboundMessage
from conversations.parts import Media, MediaType, Part, Text
from exchange.pieces import PATIENCE, QUIET
from storage import tables
from tests.support.builders import NOW
from tests.support.core import HAN, LI, Core, a_saying, running
from tests.support.eventually import eventually


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


def a_picture(number: int, *more: Part, album: str = "13370001", address: Address = LI) -> InboundMessage:
    """One picture of an album, of which nobody says how many it has."""
    return a_saying(
        "",
        Media(MediaType.IMAGE, ref=f"picture {number}"),
        *more,
        address=address,
        key=f"{address} {album} {number}",
        name="李雷",
        language="zh-CN",
        fragment=Fragment(reference=album, number=number, total=0),
    )


async def pictures(core: Core) -> list[list[str]]:
    """The pictures of each message."""
    return [[part.ref for part in row.parts if isinstance(part, Media)] for row in await core.rows(tables.messages)]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
async def test_an_album_is_one_message_once_it_is_quiet(core: Core, order: tuple[int, ...]) -> None:
    for number in order:
        await core.accept(a_picture(number))
        core.clock.forward(QUIET)
        assert await core.intake.give_up_waiting() == 0
    core.clock.forward(timedelta(milliseconds=1))
    assert await core.intake.give_up_waiting() == 1
    assert await pictures(core) == [["picture 1", "picture 2", "picture 3"]]
    assert await core.rows(tables.fragments) == []
    (contact,) = await core.rows(tables.contacts)
    assert (contact.name, contact.language) == ("李雷", "zh-CN")


async def test_the_words_of_an_album_stay_where_they_stand(core: Core) -> None:
    await core.accept(a_picture(2), a_picture(1, Text("三处漏水")))
    core.clock.forward(2 * QUIET)
    await core.intake.give_up_waiting()
    (message,) = await core.rows(tables.messages)
    assert [part.kind for part in message.parts] == ["media", "text", "media"]


async def test_what_comes_after_the_album_is_stored_is_a_message_of_its_own(core: Core) -> None:
    for number in (1, 2):
        await core.accept(a_picture(number))
        core.clock.forward(2 * QUIET)
        await core.intake.give_up_waiting()
    assert await pictures(core) == [["picture 1"], ["picture 2"]]


async def test_a_picture_that_comes_twice_counts_once_before_and_after(core: Core) -> None:
    for number in (1, 2, 1):
        await core.accept(a_picture(number))
    core.clock.forward(2 * QUIET)
    await core.intake.give_up_waiting()
    await core.accept(a_picture(2))
    core.clock.forward(2 * QUIET)
    assert await core.intake.give_up_waiting() == 0
    assert await pictures(core) == [["picture 1", "picture 2"]]


async def test_albums_of_two_people_are_kept_apart(core: Core) -> None:
    await core.accept(a_picture(1), a_picture(2, address=HAN), a_picture(3))
    core.clock.forward(2 * QUIET)
    assert await core.intake.give_up_waiting() == 2
    assert sorted(await pictures(core)) == [["picture 1", "picture 3"], ["picture 2"]]


async def test_two_processes_that_both_find_an_album_quiet_store_it_once(core: Core, other: Core) -> None:
    """Each got some of the pictures; what one of them was given, the other finds in the database."""
    senders = [phone_address(f"+86138000000{number:02}") for number in range(20)]
    for sender in senders:
        both = ((core, 1), (other, 2), (core, 3))
        await asyncio.gather(*(each.accept(a_picture(number, address=sender)) for each, number in both))
    core.clock.forward(2 * QUIET)
    stored = await asyncio.gather(core.intake.give_up_waiting(), other.intake.give_up_waiting())
    assert sum(stored) == len(senders)
    assert await pictures(core) == [["picture 1", "picture 2", "picture 3"]] * len(senders)


async def test_a_process_that_begins_anew_finds_the_album_that_waits(core: Core, other: Core) -> None:
    await core.accept(a_picture(1))
    core.clock.forward(2 * QUIET)
    async with running(other.intake.run()):

        async def stored() -> bool:
            return await pictures(core) == [["picture 1"]]

        await eventually(stored, "the album is stored")
