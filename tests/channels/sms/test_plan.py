"""Texts become short messages, one part each."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Capabilities, TextUnit
from channels.sms.plan import Division
from channels.sms.text import Alphabet, units
from conversations.errors import NotSendable
from conversations.parts import Html, Media, MediaType, Menu, Option, Segment, Text

CAN = Capabilities(text_limit=10_000, text_unit=TextUnit.UTF16)
DIVISION = Division()


def test_a_short_text_is_one_message() -> None:
    assert DIVISION.plan((Text("字" * 70),), CAN) == (Text("字" * 70),)


def test_a_long_text_is_several_with_one_reference() -> None:
    planned = DIVISION.plan((Text("字" * 71),), CAN)
    assert [type(part) for part in planned] == [Segment, Segment]
    segments = [part for part in planned if isinstance(part, Segment)]
    assert [(len(part.text), part.number, part.total) for part in segments] == [(67, 1, 2), (4, 2, 2)]
    assert len({part.reference for part in segments}) == 1
    assert all(0 <= part.reference <= 0xFFFF for part in segments)


def test_a_plan_stays_as_it_is() -> None:
    planned = DIVISION.plan((Text("您好"), Text("字" * 200), Text("a" * 200)), CAN)
    assert DIVISION.plan(planned, CAN) == planned


def test_the_reference_tells_texts_apart() -> None:
    references = {
        part.reference
        for number in range(50)
        for part in DIVISION.plan((Text(f"{number} " + "a" * 200),), CAN)
        if isinstance(part, Segment)
    }
    assert len(references) > 45


@pytest.mark.parametrize(
    ("division", "text", "alphabet"),
    [
        (DIVISION, "a" * 200, Alphabet.GSM7),
        (DIVISION, "a" * 200 + "字", Alphabet.UCS2),
        (Division(alphabet=Alphabet.UCS2), "a" * 200, Alphabet.UCS2),
        (DIVISION, "a", Alphabet.GSM7),
        (Division(signature="汇流"), "a", Alphabet.UCS2),
        (Division(alphabet=Alphabet.UCS2), "a", Alphabet.UCS2),
    ],
)
def test_all_messages_of_a_text_travel_in_one_alphabet(division: Division, text: str, alphabet: Alphabet) -> None:
    planned = division.plan((Text(text),), CAN)
    assert {division.alphabet_of(part) for part in planned if isinstance(part, Text | Segment)} == {alphabet}


def test_the_signature_stands_before_the_first_message_and_takes_its_room() -> None:
    division = Division(signature="汇流客服")
    planned = division.plan((Text("字" * 65),), CAN)
    words = [division.words(part) for part in planned if isinstance(part, Segment)]
    assert words == ["【汇流客服】" + "字" * 61, "字" * 4]
    assert division.words(Text("您好")) == "【汇流客服】您好"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=2000).filter(lambda text: text.strip()))
def test_no_more_segments_than_are_allowed(text: str) -> None:
    division = Division(signature="汇流", most=3)
    planned = [part for part in division.plan((Text(text),), CAN) if isinstance(part, Text | Segment)]
    assert "".join(part.text for part in planned) == text
    assert all(part.total <= 3 for part in planned if isinstance(part, Segment))
    assert all(units(division.words(part), Alphabet.UCS2) <= 70 for part in planned)


def test_messages_too_long_for_one_begin_anew_with_the_signature() -> None:
    division = Division(signature="汇流", most=2)
    planned = [part for part in division.plan((Text("字" * 200),), CAN) if isinstance(part, Segment)]
    groups = [list(group) for _reference, group in groupby(planned, lambda part: part.reference)]
    assert all(division.words(group[0]).startswith("【汇流】") for group in groups)


def test_the_declared_limit_is_what_fits() -> None:
    division = Division(signature="汇流", most=3)
    assert division.text_limit == 3 * 67 - 4
    assert len(division.plan((Text("字" * division.text_limit),), CAN)) == 3


def test_the_rest_becomes_text_or_is_refused() -> None:
    menu = Menu("满意吗？", (Option("a", "是"),))
    assert DIVISION.plan((menu, Html("<p>x</p>"), Text("好")), CAN) == (Text("满意吗？\n1. 是"), Text("好"))
    with pytest.raises(NotSendable):
        DIVISION.plan((Media(MediaType.IMAGE),), CAN)
