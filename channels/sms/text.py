"""Text as short messages carry it (3GPP 23.038 and 23.040; Aliyun document 414224).

Seven-bit text has 160 septets in one message or 153 in each of several, everything else 70 or 67 UTF-16 units. In
mainland China the signature in its brackets 【】 counts too, and makes every message one of the second kind.
"""

import codecs
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from channels.planning import joined

UTF16 = "utf-16-be"
"""Python's name for UCS-2 as phones use it."""

GSM7 = "gsm0338"
"""Our name for the seven-bit alphabet, which Python does not have, among the charsets that it knows."""

_ESCAPE = 0x1B
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic alphabet: the place of a character is its septet."""

_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
"""Characters that take an escape besides themselves."""

_CODES = {
    **{character: bytes((code,)) for code, character in enumerate(_BASIC) if code != _ESCAPE},
    **{character: bytes((_ESCAPE, code)) for code, character in _EXTENSION.items()},
}


class Alphabet(StrEnum):
    """How the text travels."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True)
class Room:
    """Units in a single message, and in each of several, which begin with a header of their own."""

    single: int
    each: int


Rooms = Mapping[Alphabet, Room]

ROOMS: Rooms = {Alphabet.GSM7: Room(160, 153), Alphabet.UCS2: Room(70, 67)}
"""With the header of six bytes, whose reference has 8 bits."""

ROOMS_WIDE: Rooms = {Alphabet.GSM7: Room(160, 152), Alphabet.UCS2: Room(70, 66)}
"""With the header of seven bytes, whose reference has 16 bits."""


@dataclass(frozen=True)
class Segments:
    """What a text takes: its alphabet, its length in that alphabet's units, and the messages it is sent in."""

    alphabet: Alphabet
    units: int
    count: int


def segments(text: str, *, signature: str = "", alphabet: Alphabet | None = None) -> Segments:
    """Count the messages of a text, with the signature (without brackets) that the provider puts before it.

    Mainland China takes seven-bit text as UCS-2 too.
    """
    whole = bracketed(signature) + text
    chosen = alphabet or alphabet_of(whole)
    return Segments(chosen, units(whole, chosen), len(divide(whole, alphabet=chosen)))


def bracketed(signature: str) -> str:
    """A signature as customers see it; nothing for none."""
    return f"【{signature}】" if signature else ""


def alphabet_of(text: str) -> Alphabet:
    """The cheapest alphabet that has all characters of a text."""
    return Alphabet.GSM7 if _CODES.keys() >= set(text) else Alphabet.UCS2


def units(text: str, alphabet: Alphabet) -> int:
    """The length of a text in septets or in UTF-16 units."""
    return sum(_size(character, alphabet) for character in text)


def divide(text: str, *, alphabet: Alphabet | None = None, rooms: Rooms = ROOMS) -> list[str]:
    """The messages of a text, as few as there can be; together they make it up again.

    An escape and its character, a surrogate pair and an emoji of several characters stay whole, so that a message may
    end early.
    """
    chosen = alphabet or alphabet_of(text)
    room = rooms[chosen]
    if units(text, chosen) <= room.single:
        return [text]
    return list(_filled(_wholes(text, chosen, room.each), chosen, room.each))


def encode_gsm7(text: str) -> bytes:
    """One septet a byte, as SMPP and CMPP carry them. Raises ValueError for what the alphabet does not have."""
    try:
        return b"".join(_CODES[character] for character in text)
    except KeyError as error:
        raise ValueError(f"{error.args[0]!r} is not in the seven-bit alphabet") from None


def decode_gsm7(septets: bytes) -> str:
    """The text in unpacked septets; what is none becomes U+FFFD, an escape before nothing a space (23.038, 6.2.1)."""
    found = iter(septets)
    return "".join(_escaped(next(found, _ESCAPE)) if code == _ESCAPE else _basic(code) for code in found)


def _size(character: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.GSM7:
        return len(_CODES.get(character, b"?"))
    return 2 if character > "\uffff" else 1


def _filled(wholes: Iterable[str], alphabet: Alphabet, room: int) -> Iterator[str]:
    """As much as goes into each message."""
    message, used = "", 0
    for whole in wholes:
        size = units(whole, alphabet)
        if used + size > room:
            yield message
            message, used = "", 0
        message, used = message + whole, used + size
    yield message


def _wholes(text: str, alphabet: Alphabet, room: int) -> Iterator[str]:
    """What is drawn as one; heaps of marks that no message could hold fall apart."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not joined(text, place):
            whole = text[start:place]
            yield from [whole] if units(whole, alphabet) <= room else whole
            start = place


def _escaped(code: int) -> str:
    """A code that the extension does not have means what it means without the escape."""
    if code == _ESCAPE:
        return " "
    return _EXTENSION.get(code) or _basic(code)


def _basic(code: int) -> str:
    return _BASIC[code] if code < len(_BASIC) else "\ufffd"


def _codec(name: str) -> codecs.CodecInfo | None:
    """What Python asks for when it meets a charset for the first time. Pieces of messages are read by its name."""
    if name != GSM7:
        return None
    return codecs.CodecInfo(
        lambda text, errors="strict": (encode_gsm7(text), len(text)),
        lambda octets, errors="strict": (decode_gsm7(bytes(octets)), len(octets)),
        name=GSM7,
    )


codecs.register(_codec)
