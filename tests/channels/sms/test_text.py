"""Counting and dividing messages, and the seven-bit alphabet."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.text import (
    ROOMS,
    ROOMS_WIDE,
    Alphabet,
    Rooms,
    Segments,
    alphabet_of,
    decode_gsm7,
    divide,
    encode_gsm7,
    segments,
    units,
)

EXTENSION = "\f^{}\\[~]|€"
SEVEN_BIT = st.text(st.sampled_from("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !1Aaz¿à" + EXTENSION), max_size=500)
FAMILY = "👨‍👩‍👧"
"""Three emoji and two joiners: 8 units that are drawn as one."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments(Alphabet.GSM7, 0, 1)),
        ("a" * 160, Segments(Alphabet.GSM7, 160, 1)),
        ("a" * 161, Segments(Alphabet.GSM7, 161, 2)),
        ("a" * 306, Segments(Alphabet.GSM7, 306, 2)),  # 2 × 153
        ("a" * 307, Segments(Alphabet.GSM7, 307, 3)),
        ("€" * 80, Segments(Alphabet.GSM7, 160, 1)),  # an escape each
        ("€" * 81, Segments(Alphabet.GSM7, 162, 2)),
        ("€" * 153, Segments(Alphabet.GSM7, 306, 3)),  # 76 in each message: 153 is odd, an escape is not split
        ("字" * 70, Segments(Alphabet.UCS2, 70, 1)),
        ("字" * 71, Segments(Alphabet.UCS2, 71, 2)),
        ("字" * 134, Segments(Alphabet.UCS2, 134, 2)),  # 2 × 67
        ("字" * 135, Segments(Alphabet.UCS2, 135, 3)),
        ("😀" * 35, Segments(Alphabet.UCS2, 70, 1)),
        ("😀" * 67, Segments(Alphabet.UCS2, 134, 3)),  # 33 in each message: 67 is odd, a pair is not split
        (FAMILY * 16, Segments(Alphabet.UCS2, 128, 2)),  # 8 in each message, where 67 units would hold 8 ⅜
        ("a" * 69 + "`", Segments(Alphabet.UCS2, 70, 1)),  # the back-tick is not in the seven-bit alphabet
    ],
)
def test_messages_are_counted_as_the_network_counts_them(text: str, expected: Segments) -> None:
    assert segments(text) == expected


@pytest.mark.parametrize(("length", "count"), [(64, 1), (65, 2), (128, 2), (129, 3)])
def test_the_signature_counts_with_its_brackets(length: int, count: int) -> None:
    """【汇流客服】 has 6 characters, and makes even plain letters travel as UCS-2."""
    assert segments("a" * length, signature="汇流客服") == Segments(Alphabet.UCS2, length + 6, count)


@pytest.mark.parametrize(("length", "count"), [(70, 1), (71, 2), (134, 2), (135, 3)])
def test_mainland_china_counts_letters_as_it_counts_characters(length: int, count: int) -> None:
    assert segments("a" * length, alphabet=Alphabet.UCS2) == Segments(Alphabet.UCS2, length, count)


@given(SEVEN_BIT)
def test_seven_bit_text_is_counted_as_a_walk_over_its_septets(text: str) -> None:
    """An independent rule: 153 septets each, one fewer where the 153rd is an escape."""
    septets, expected = encode_gsm7(text), 1
    if len(septets) > 160:
        while len(septets) > 153:
            septets = septets[152:] if septets[152] == 0x1B else septets[153:]
            expected += 1
    assert segments(text).count == expected


@given(st.text(st.sampled_from("字a😀漢€"), max_size=400))
def test_other_text_is_counted_as_a_walk_over_its_utf16(text: str) -> None:
    """An independent rule: 134 bytes each, two fewer where the last unit is the first of a pair (D8 to DB)."""
    octets, expected = f"字{text}".encode("utf-16-be"), 1
    if len(octets) > 140:
        while len(octets) > 134:
            octets = octets[132:] if 0xD8 <= octets[132] <= 0xDB else octets[134:]
            expected += 1
    assert segments(f"字{text}").count == expected


@given(st.text(max_size=400), st.text(max_size=400))
def test_more_text_never_costs_less(text: str, more: str) -> None:
    assert segments(text).count <= segments(text + more).count


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(f"{FAMILY}é🇨🇳字aa"), max_size=300))
@pytest.mark.parametrize("rooms", [ROOMS, ROOMS_WIDE], ids=["short reference", "long reference"])
def test_pieces_fit_and_make_up_the_text(rooms: Rooms, text: str) -> None:
    pieces, alphabet = divide(text, rooms=rooms), alphabet_of(text)
    assert "".join(pieces) == text
    room = rooms[alphabet].single if len(pieces) == 1 else rooms[alphabet].each
    assert all(units(piece, alphabet) <= room for piece in pieces)
    assert len(pieces) == 1 or all(pieces)


@given(st.integers(0, 80), st.integers(1, 40))
def test_nothing_that_is_drawn_as_one_is_torn(before: int, families: int) -> None:
    pieces = divide("字" * before + FAMILY * families)
    assert sum(piece.count(FAMILY) for piece in pieces) == families


@pytest.mark.parametrize("mark", ["\u0301", "\u200d"])
def test_marks_that_no_message_could_hold_are_torn(mark: str) -> None:
    text = "e" + mark * 200
    assert "".join(divide(text)) == text
    assert len(divide(text)) == 3


def test_septets_are_those_of_the_standard() -> None:
    """3GPP 23.038, 6.2.1: @ is 0, the line feed 10, the space 32, ¡ 64, ¿ 96, à 127; € is 101 behind an escape."""
    assert encode_gsm7("@\n ¡¿à€") == bytes((0, 10, 32, 64, 96, 127, 27, 101))


@given(SEVEN_BIT)
def test_seven_bit_text_comes_back(text: str) -> None:
    assert decode_gsm7(encode_gsm7(text)) == text


@given(st.binary(max_size=200))
def test_all_bytes_can_be_read(received: bytes) -> None:
    assert all(unicodedata.category(character) != "Cs" for character in decode_gsm7(received))


@pytest.mark.parametrize(
    ("received", "text"),
    [
        (b"\x1b", " "),  # an escape before nothing
        (b"\x1b\x1b", " "),  # an escape to a table that nobody has made
        (b"\x1bA", "A"),  # the extension has no A
        (b"\x80", "\ufffd"),
    ],
)
def test_odd_septets_are_read_as_phones_read_them(received: bytes, text: str) -> None:
    assert decode_gsm7(received) == text


def test_what_has_no_septet_is_named() -> None:
    with pytest.raises(ValueError, match="字"):
        encode_gsm7("a字")
