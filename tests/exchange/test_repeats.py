"""Keys that senders use again tell one message from another for a while, in all processes at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from conversations.events import EventKind
from conversations.inbound import ContactChange, ContactChanged, Fragment, InboundMessage
from conversations.parts import plain_text
from storage import tables
from tests.support.builders import NOW
from tests.support.core import LI, Core, a_saying

LASTS = timedelta(minutes=10)


def a_saying_with_a_reference(reference: int = 17, text: str = "1", **changes: Any) -> InboundMessage:
    return a_saying(text, key=f"{reference} {text}", key_lasts=LASTS, **changes)


def a_wish(change: ContactChange) -> ContactChanged:
    return ContactChanged(key=f"17 {change}", address=LI, change=change, occurred_at=NOW, key_lasts=LASTS)


async def said(core: Core) -> list[str]:
    return [plain_text(row.parts) for row in await core.rows(tables.messages)]


@pytest.mark.parametrize(("minutes", "messages"), [(0, 1), (9, 1), (10, 1), (11, 2)], ids=lambda value: str(value))
async def test_the_same_within_its_time_is_the_same_message(core: Core, minutes: int, messages: int) -> None:
    await core.accept(a_saying_with_a_reference())
    core.clock.forward(timedelta(minutes=minutes))
    await core.accept(a_saying_with_a_reference())
    assert await said(core) == ["1"] * messages


async def test_the_same_in_one_request_counts_once_and_stays_in_its_place(core: Core) -> None:
    one = a_saying_with_a_reference
    await core.accept(one(17, "b"), a_saying("other"), one(17, "b"), one(16, "a"))
    assert await said(core) == ["b", "other", "a"]
    assert core.counted.intake == {"stored": 3, "duplicate": 1}


async def test_two_processes_that_get_one_message_in_the_same_instant_store_it_once(core: Core, other: Core) -> None:
    """Half of the messages are pieces; the processes begin at opposite ends."""
    whole = [a_saying_with_a_reference(number, f"<{number}>") for number in range(20)]
    pieces = [
        a_saying_with_a_reference(number, f"<{number}>", fragment=Fragment(reference=f"{number}", number=1, total=2))
        for number in range(20, 40)
    ]
    everything = whole + pieces
    for mine, others in zip(everything, reversed(everything), strict=True):
        await asyncio.gather(core.accept(mine, others), other.accept(others, mine))
    assert sorted(await said(core)) == sorted(f"<{number}>" for number in range(20))
    assert len(await core.rows(tables.fragments)) == 20


async def test_who_leaves_again_with_the_same_reference_is_heard(core: Core) -> None:
    for change in (ContactChange.OPTED_OUT, ContactChange.OPTED_OUT, ContactChange.OPTED_IN, ContactChange.OPTED_OUT):
        await core.accept(a_wish(change))
        core.clock.forward(timedelta(minutes=6))
    changes = [event.reason for event in await core.story(EventKind.CONTACT_CHANGED)]
    assert changes == ["opted_out", "opted_in", "opted_out"]
