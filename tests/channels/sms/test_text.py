"""Counting messages and reading numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.phones import e164
from channels.sms.text import Alphabet, Segments, segments


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
        ("a" * 69 + "`", Segments(Alphabet.UCS2, 70, 1)),  # the back-tick is not in the seven-bit alphabet
    ],
)
def test_messages_are_counted_as_the_network_counts_them(text: str, expected: Segments) -> None:
    assert segments(text) == expected


@pytest.mark.parametrize(("length", "count"), [(64, 1), (65, 2)])
def test_the_signature_counts_with_its_brackets(length: int, count: int) -> None:
    """【汇流客服】 has 6 characters, and makes even plain letters travel as UCS-2."""
    assert segments("a" * length, signature="汇流客服") == Segments(Alphabet.UCS2, length + 6, count)


@given(st.text(max_size=400), st.text(max_size=400))
def test_more_text_never_costs_less(text: str, more: str) -> None:
    assert segments(text).count <= segments(text + more).count


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("85291234567", "+85291234567"),
        ("+14155552671", "+14155552671"),
    ],
)
def test_numbers_have_one_form(written: str, number: str) -> None:
    assert e164(written, "CN") == number


@pytest.mark.parametrize("written", ["", "12", "1069", "abc", "1381111****"])
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a phone number"):
        e164(written, "CN")
