"""The alphabets of phones: seven bits a character where those suffice (3GPP 23.038, 6.2.1), UCS-2 elsewhere."""

SEVEN_BIT, LATIN1, UCS2 = 0, 3, 8

ESCAPE = 0x1B
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = dict(zip("\f^{}\\[~]|€", b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", strict=True))
ESCAPED = {code: character for character, code in EXTENDED.items()}


def is_seven_bit(text: str) -> bool:
    """Whether the small alphabet suffices."""
    return all(character in BASIC or character in EXTENDED for character in text) and "\x1b" not in text


def write(text: str, data_coding: int) -> bytes:
    """A text as bytes; the small alphabet one character a byte."""
    if data_coding == UCS2:
        return text.encode("utf-16-be")
    return b"".join(
        bytes((ESCAPE, EXTENDED[each])) if each in EXTENDED else bytes((BASIC.index(each),)) for each in text
    )


def read(octets: bytes, data_coding: int) -> str:
    """The text, strictly. Raises `ValueError` for what no phone could show."""
    if data_coding == UCS2:
        return octets.decode("utf-16-be")
    if data_coding == LATIN1:
        return octets.decode("latin-1")
    if data_coding != SEVEN_BIT:
        raise ValueError(f"data_coding {data_coding} is not taken here")
    codes = iter(octets)
    return "".join(_escaped(next(codes, -1)) if code == ESCAPE else _basic(code) for code in codes)


def _basic(code: int) -> str:
    if code >= len(BASIC):
        raise ValueError(f"{code} has more than seven bits")
    return BASIC[code]


def _escaped(code: int) -> str:
    if code not in ESCAPED:
        raise ValueError(f"nothing is escaped as {code}")
    return ESCAPED[code]
