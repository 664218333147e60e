"""The comparison finds what it is there to find: each case is one mistake that a product could make."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conversations.address import phone_address
from conversations.message import AuthorKind, DeliveryState, Lane
from conversations.parts import Segment, Text
from exchange import outbox
from exchange.outbox import Draft
from lab.books import Answered, Entry, Heard, Outcome, Reported, Said
from lab.config import AccountConfig, LabConfig
from lab.people import READY
from tests.support.builders import NOW
from tests.support.comparison import Books, Differences, compare
from tests.support.core import Core, core
from tests.support.stored import Arrived, Moved, Sent, Stored, read_stored

__all__ = ["core"]

LI = READY[0]
ADDRESS = phone_address(LI.phone)
ACCOUNTS = LabConfig(
    accounts=(AccountConfig(id="sms", kind="sms_aliyun", settings={"sign_name": "汇流"}),), data_folder=Path()
)


def said(key: str, minute: int) -> list[Entry]:
    """A message of 李雷, and the answer to it half a minute later."""
    at = NOW + timedelta(minutes=minute)
    words = Said(id=f"said-{key}", at=at, account="sms", customer=LI.name, kind="text", key=key, text=f"words {key}")
    answer = Answered(
        to=words.id,
        at=at + timedelta(seconds=30),
        attempt=1,
        outcome=Outcome.TAKEN,
        status=200,
        text="",
        milliseconds=1,
    )
    return [words, answer]


def heard(text: str, key: str) -> Heard:
    """An SMS that 李雷 read."""
    return Heard(id=key, at=NOW, account="sms", customer=LI.name, kind="sms", key=key, text=f"【汇流】{text}")


def sent(id: str, text: str, state: DeliveryState = DeliveryState.DELIVERED) -> Sent:
    """A part as it is stored."""
    return Sent(id, "conversation", ("sms", ADDRESS, text), state, Lane.INTERACTIVE)


BOOKS = Books([*said("1", 0), *said("2", 1), heard("one", "a"), heard("two", "b")], ACCOUNTS, promised=["reply"])

STORED = Stored(
    arrived=[Arrived("m1", "sms", ADDRESS, "1"), Arrived("m2", "sms", ADDRESS, "2")],
    sent=[sent("d1", "one"), sent("d2", "two")],
    moves=[Moved("c1", "mei", True), Moved("c1", None, False), Moved("c2", "mei", True)],
    capacities={"mei": 1},
    unplaced=[],
    quarantined=0,
    messages={"reply"},
)


def found(books: Books, stored: Stored) -> set[str]:
    """The names of the differences."""
    return {name for name, count in compare(books, stored).counts().items() if count}


def test_books_that_agree_have_no_differences() -> None:
    assert compare(BOOKS, STORED) == Differences()


@pytest.mark.parametrize(
    ("mistake", "changes"),
    [
        ("lost", {"arrived": STORED.arrived[:1]}),
        ("doubled", {"arrived": [*STORED.arrived, Arrived("m3", "sms", ADDRESS, "2")]}),
        ("invented", {"arrived": [*STORED.arrived, Arrived("m3", "sms", ADDRESS, "3")]}),
        ("in_wrong_order", {"arrived": [replace(STORED.arrived[0], id="m3"), STORED.arrived[1]]}),
        ("replies_lost", {"sent": [*STORED.sent, sent("d3", "three")]}),
        ("replies_lost", {"messages": set()}),
        ("replies_doubled", {"sent": STORED.sent[:1]}),
        ("replies_in_wrong_order", {"sent": STORED.sent[::-1]}),
        ("replies_stuck", {"sent": [*STORED.sent, sent("d3", "three", DeliveryState.SUBMITTING)]}),
        ("over_capacity", {"moves": [Moved("c1", "mei", True), Moved("c2", "mei", True)]}),
        ("without_place", {"unplaced": ["c3"]}),
        ("quarantined", {"quarantined": 1}),
    ],
)
def test_each_mistake_is_found(mistake: str, changes: dict[str, Any]) -> None:
    assert found(BOOKS, replace(STORED, **changes)) == {mistake}


def test_two_light_conversations_fill_an_agent_who_takes_one() -> None:
    light = [Moved("c1", "mei", True, weight=2), Moved("c2", "mei", True, weight=2)]
    assert found(BOOKS, replace(STORED, moves=light)) == set()


@pytest.mark.parametrize("entries", [[], [heard("three", "c")]])
def test_a_part_in_doubt_may_be_heard_or_not(entries: list[Entry]) -> None:
    in_doubt = replace(STORED, sent=[*STORED.sent, sent("d3", "three", DeliveryState.UNKNOWN)])
    assert not compare(replace(BOOKS, entries=[*BOOKS.entries, *entries]), in_doubt)


def test_heard_twice_is_a_mistake_only_under_two_names() -> None:
    again = replace(BOOKS, entries=[*BOOKS.entries, heard("two", "b")])
    twice = replace(BOOKS, entries=[*BOOKS.entries, heard("two", "c")])
    assert (found(again, STORED), found(twice, STORED)) == (set(), {"replies_doubled"})


def test_what_failed_was_not_heard() -> None:
    report = Reported(id="r", at=NOW, account="sms", customer=LI.name, key="b", success=False, code="MK:0001")
    told = replace(BOOKS, entries=[*BOOKS.entries, report])
    believed = replace(STORED, sent=[STORED.sent[0], sent("d2", "two", DeliveryState.FAILED)])
    assert (found(told, believed), found(told, STORED)) == (set(), {"replies_lost"})


def test_what_was_never_answered_may_be_missing() -> None:
    unanswered = [entry for entry in BOOKS.entries if not isinstance(entry, Answered)]
    assert not compare(replace(BOOKS, entries=unanswered), replace(STORED, arrived=[]))


async def test_a_phone_shows_the_segments_of_a_text_as_one(core: Core, database_url: str) -> None:
    heard_from = await core.hear(address=ADDRESS)
    conversation = await core.conversation(heard_from.conversation_id)
    draft = Draft(
        parts=(Text("one two"), Text("three")),
        planned=(Segment("one ", 7, 1, 2), Segment("two", 7, 2, 2), Text("three")),
        account_id=conversation.account_id,
        address=conversation.address,
        author=AuthorKind.SYSTEM,
        author_id="test",
        key="k",
    )
    await core.database.write(outbox.post, conversation, draft, core.clock(), "trace")
    stored = await read_stored(database_url)
    assert [each.line[2] for each in stored.sent] == ["one two", "three"]
