"""How bytes are broken: cut, filled with splinters, turned over bit by bit, doubled, or replaced by noise."""

from collections.abc import Callable, Sequence
from random import Random

SPLINTERS = (
    *(
        b"\0",
        b"\r\n",
        b"\n\n",
        b"\xff\xfe",
        b"\xed\xa0\xbd",
        b"\x1b",
        b"--",
        b"=?gbk?B?",
        b"charset=",
        b"]]>",
        b"<![CDATA[",
    ),
    *(
        b"<!DOCTYPE x [",
        b"&a;",
        b"<a>",
        b"</xml>",
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b"null",
        b"true",
        b"-1",
        b"1e999",
        b"0",
    ),
    *(b"99999999999999999999", b"NaN", b"\\ud83d", b"\\u0000", b"%", b"%ff", b"+", b"&", b"=", b";", b"A" * 300),
)
"""What means something to somebody who reads."""

MOST_NOISE = 300
"""Bytes."""

Wound = Callable[[bytes, int, Random], bytes]
"""What becomes of bytes at one place."""

_WOUNDS: Sequence[Wound] = (
    lambda raw, at, random: raw[:at],
    lambda raw, at, random: raw[:at] + raw[at + random.randrange(1, 40) :],
    lambda raw, at, random: raw[:at] + random.choice(SPLINTERS) + raw[at:],
    lambda raw, at, random: raw[:at] + random.choice(SPLINTERS) + raw[at + random.randrange(1, 12) :],
    lambda raw, at, random: raw[:at] + bytes((random.randrange(256),)) + raw[at + 1 :],
    lambda raw, at, random: raw[:at] + raw[at : at + 60] * 2 + raw[at + 60 :],
)


def wounded(raw: bytes, random: Random) -> bytes:
    """The bytes with up to six wounds."""
    for _ in range(random.randrange(1, 7)):
        raw = random.choice(_WOUNDS)(raw, random.randrange(len(raw) + 1), random)
    return raw


def noise(random: Random) -> bytes:
    """Any bytes."""
    return random.randbytes(random.randrange(MOST_NOISE))
