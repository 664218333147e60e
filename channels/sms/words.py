"""What a short message says: words, or the bytes of some if it is a piece of a longer one."""

from dataclasses import replace

from conversations.inbound import Fragment
from conversations.parts import Part, Text

Said = tuple[tuple[Part, ...], Fragment | None]
"""The parts of a message, and which piece it is of what."""


def read_words(octets: bytes, charset: str, fragment: Fragment | None) -> Said:
    """Words at once, except those of a piece: half a character may be in its neighbour."""
    if fragment is not None:
        return (), replace(fragment, octets=octets, charset=charset)
    return (Text(octets.decode(charset, errors="replace").replace("\0", "")),), None
