"""The header that makes a short message one of several (3GPP 23.040, 9.2.3.24.1 and 9.2.3.24.8)."""

from collections.abc import Iterator

from conversations.errors import PayloadUnreadable
from conversations.inbound import Fragment
from conversations.parts import Segment

_REFERENCE_SIZES = {0x00: 1, 0x08: 2}
"""The two elements that number the pieces, and how many bytes of theirs are the reference."""


def read_header(content: bytes) -> tuple[Fragment | None, bytes]:
    """Which piece this is, and what stands behind the header. Raises `PayloadUnreadable`."""
    length = content[0] + 1 if content else 1
    if len(content) < length:
        raise PayloadUnreadable("The header is longer than the message")
    pieces = (_fragment(kind, value) for kind, value in _elements(content[1:length]))
    return next(filter(None, pieces), None), content[length:]


def write_header(segment: Segment, *, wide: bool = False) -> bytes:
    """The header of one segment: six bytes, or seven with a `wide` reference of 16 bits."""
    place = bytes((segment.total, segment.number))
    if wide:
        return b"\x06\x08\x04" + segment.reference.to_bytes(2) + place
    return b"\x05\x00\x03" + bytes((segment.reference & 0xFF,)) + place


def _elements(header: bytes) -> Iterator[tuple[int, bytes]]:
    """Each element's kind and value; what breaks off ends it."""
    while len(header) >= 2:
        kind, size = header[0], header[1]
        yield kind, header[2 : 2 + size]
        header = header[2 + size :]


def _fragment(kind: int, value: bytes) -> Fragment | None:
    """Pieces that cannot be are messages of their own."""
    size = _REFERENCE_SIZES.get(kind)
    if size is None or len(value) != size + 2:
        return None
    total, number = value[size:]
    if not 1 <= number <= total or total == 1:
        return None
    return Fragment(reference=value[:size].hex(), number=number, total=total)
