"""How many short messages a text costs (3GPP 23.038 and 23.040; Aliyun document 414224).

Seven-bit text has 160 septets in one message or 153 in each of several, everything else 70 or 67 UTF-16 units. In
mainland China the signature in its brackets 【】 counts too, and makes every message one of the second kind.
"""

from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Characters that take an escape besides themselves."""


class Alphabet(StrEnum):
    """How the text travels."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_ROOM = {Alphabet.GSM7: (160, 153), Alphabet.UCS2: (70, 67)}
"""Units in a single message, and in each of several, which begin with a header of their own."""


@dataclass(frozen=True)
class Segments:
    """What a text takes: its alphabet, its length in that alphabet's units, and the messages it is sent in."""

    alphabet: Alphabet
    units: int
    count: int


def segments(text: str, *, signature: str = "") -> Segments:
    """Count the messages of a text, with the signature (without brackets) that the provider puts before it."""
    whole = f"【{signature}】{text}" if signature else text
    alphabet = Alphabet.GSM7 if set(whole) <= _BASIC | _EXTENSION else Alphabet.UCS2
    sizes = [_size(character, alphabet) for character in whole]
    single, each = _ROOM[alphabet]
    return Segments(alphabet, sum(sizes), 1 if sum(sizes) <= single else _messages(sizes, each))


def _size(character: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.GSM7:
        return 2 if character in _EXTENSION else 1
    return 2 if character > "\uffff" else 1


def _messages(sizes: list[int], room: int) -> int:
    """An escape and a surrogate pair stay whole, so that a message may end one unit early."""
    count, used = 1, 0
    for size in sizes:
        if used + size > room:
            count, used = count + 1, 0
        used += size
    return count
