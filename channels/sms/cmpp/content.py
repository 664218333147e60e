"""What a short message holds, as Msg_Fmt says it travels."""

from collections.abc import Mapping

from channels.sms.text import UTF16, Alphabet, alphabet_of
from channels.sms.words import Said, read_words
from conversations.inbound import Fragment
from conversations.parts import Media, MediaType

ASCII, UCS2 = 0, 8

LONGEST = 140
"""Bytes of Msg_Content with its header (CMPP 2.0, 7.4.3.1)."""

_CODECS: Mapping[int, str] = {
    ASCII: "gb18030",
    UCS2: UTF16,
    15: "gb18030",
    24: UTF16,
    25: UTF16,
}
"""CMPP 2.0, 7.4.3.1; 24 and 25 are UCS-2 with a message class (3GPP 23.038, 4). GB 18030 holds ASCII and GBK, which
some gateways call by each other's number. 3 writes to the SIM card and 4 is binary: they hold no words."""


def read_content(content: bytes, msg_fmt: int, fragment: Fragment | None) -> Said:
    """What a customer sent: words, or a file where it is no text."""
    charset = _CODECS.get(msg_fmt)
    if charset is None:
        return (_file(content),), fragment
    return read_words(content, charset, fragment)


def write_words(words: str) -> tuple[int, bytes]:
    """The Msg_Fmt and the bytes of a message that is whole: ASCII where phones have all of it."""
    if words.isascii() and alphabet_of(words) is Alphabet.GSM7:
        return ASCII, words.encode()
    return write_piece(words)


def write_piece(words: str) -> tuple[int, bytes]:
    """The same for a piece of a long message, of which all must have one format."""
    return UCS2, words.encode(UTF16)


def _file(content: bytes) -> Media:
    return Media(MediaType.FILE, name="sms.bin", mime="application/octet-stream", size=len(content), content=content)
