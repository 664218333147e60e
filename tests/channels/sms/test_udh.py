"""Which piece of a long message a short one is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.udh import read_header, write_header
from conversations.errors import PayloadUnreadable
from conversations.inbound import Fragment
from conversations.parts import Segment

NO_PIECE = None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("05 00 03 2e 03 01", Fragment(reference="2e", number=1, total=3)),
        ("06 08 04 01 2e 03 02", Fragment(reference="012e", number=2, total=3)),
        ("0b 00 03 ba 03 02 05 04 15 8a 00 00", Fragment(reference="ba", number=2, total=3)),
        ("0b 05 04 15 8a 00 00 00 03 ba 03 02", Fragment(reference="ba", number=2, total=3)),
        ("06 05 04 15 8a 00 00", NO_PIECE),
        ("05 00 03 2e 03 00", NO_PIECE),
        ("05 00 03 2e 03 04", NO_PIECE),
        ("05 00 03 2e 01 01", NO_PIECE),
        ("04 00 02 2e 03", NO_PIECE),
        ("03 00 03 2e", NO_PIECE),
        ("00", NO_PIECE),
    ],
)
def test_a_header_says_which_piece_it_is(header: str, expected: Fragment | None) -> None:
    assert read_header(bytes.fromhex(header) + b"text") == (expected, b"text")


@pytest.mark.parametrize("content", [b"", b"\x05\x00\x03\x2e\x03", b"\xff"])
def test_a_header_that_breaks_off_is_unreadable(content: bytes) -> None:
    with pytest.raises(PayloadUnreadable):
        read_header(content)


@given(content=st.binary(max_size=20))
def test_random_headers_do_no_harm(content: bytes) -> None:
    try:
        _fragment, rest = read_header(content)
    except PayloadUnreadable:
        return
    assert content.endswith(rest)


@pytest.mark.parametrize(
    ("wide", "expected"),
    [(False, Fragment(reference="cd", number=2, total=3)), (True, Fragment(reference="abcd", number=2, total=3))],
)
def test_a_header_that_is_written_can_be_read(wide: bool, expected: Fragment) -> None:
    segment = Segment("text", reference=0xABCD, number=2, total=3)
    assert read_header(write_header(segment, wide=wide) + b"text") == (expected, b"text")
