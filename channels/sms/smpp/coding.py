"""Text in a short message, by its `data_coding` (SMPP 3.4, 5.2.19; 3GPP 23.038, chapter 4). Pure."""

from dataclasses import dataclass

from channels.sms.text import GSM7, UTF16, Alphabet, encode_gsm7
from conversations.parts import Media, MediaType, Part, Text

DEFAULT, LATIN1, UCS2 = 0x00, 0x03, 0x08

_CODECS = {
    0x01: "ascii",
    0x03: "latin-1",
    0x05: "shift_jis",
    0x06: "iso8859-5",
    0x07: "iso8859-8",
    0x08: UTF16,
    0x0A: "iso2022_jp",
    0x0E: "euc_kr",
    0x18: UTF16,
    0x19: UTF16,
}
"""0x18 and 0x19 are UCS-2 with a message class, as the phone wrote it."""

_WITH_CLASS = 0xF0
_EIGHT_BIT = 0x04


@dataclass(frozen=True)
class Coded:
    """Bytes, and the `data_coding` that says how they are to be read."""

    data_coding: int
    octets: bytes


def encode(text: str, alphabet: Alphabet, *, latin1: bool) -> Coded:
    """A text as it travels. `latin1`: what fits the seven-bit alphabet goes as Latin-1, where it can."""
    if alphabet is Alphabet.UCS2 or (latin1 and not is_latin1(text)):
        return Coded(UCS2, text.encode(UTF16))
    return Coded(LATIN1, text.encode("latin-1")) if latin1 else Coded(DEFAULT, encode_gsm7(text))


def is_latin1(text: str) -> bool:
    """Whether Latin-1 has all characters."""
    return all(character <= "\xff" for character in text)


def charset_of(data_coding: int, *, latin1: bool) -> str | None:
    """How words travel, by the name Python has for it; None for bytes. `latin1` is the centre's own alphabet."""
    known = _CODECS.get(data_coding)
    if known is not None:
        return known
    if data_coding in (DEFAULT, 0x10, 0x11) or _is_seven_bit_class(data_coding):
        return "latin-1" if latin1 else GSM7
    return None


def read_octets(octets: bytes) -> Part:
    """Bytes without an alphabet: a file, but some senders write UTF-8 into them."""
    text = _utf8(octets)
    if text is None:
        return Media(MediaType.FILE, name="sms.bin", mime="application/octet-stream", size=len(octets), content=octets)
    return Text(text)


def _is_seven_bit_class(data_coding: int) -> bool:
    return data_coding & _WITH_CLASS == _WITH_CLASS and not data_coding & _EIGHT_BIT


def _utf8(octets: bytes) -> str | None:
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return None
    return text if all(character.isprintable() or character.isspace() for character in text) else None
