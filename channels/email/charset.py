"""Bytes into text, whatever the label says: nothing here raises.

Chinese mailers write `gb2312` and mean GBK or GB18030, lie about UTF-8, put raw 8-bit words into headers, and cut a
character in two between encoded words (RFC 2047 §5 forbids that; it is common).
"""

import codecs
import re
from base64 import b64decode
from binascii import Error as Base64Error
from itertools import groupby
from quopri import decodestring

_ALIASES = {
    **dict.fromkeys(("gb2312", "gb_2312-80", "gbk", "x-gbk", "cp936", "ms936", "csgb2312", "euc-cn"), "gb18030"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1"), "cp1252"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis"), "cp932"),
    **dict.fromkeys(("ks_c_5601-1987", "euc-kr"), "cp949"),
    "big5": "big5hkscs",
}

# Labels that say nothing: senders write them for whatever bytes follow.
_WITHOUT_MEANING = frozenset(("", "ascii", "us-ascii", "unknown-8bit", "unknown", "8bit", "binary", "x-unknown"))

# Python calls these codecs, mail does not call them charsets.
_NOT_CHARSETS = frozenset(("unicode_escape", "raw_unicode_escape", "punycode"))

_CJK = re.compile("[\u3400-\u9fff]")
_ENCODED_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_ENCODED_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]+\?[bBqQ]\?)")


def decode(raw: bytes, label: str = "") -> str:
    """Text by the label if it holds, by UTF-8 or GB18030 if those hold, else with replacement characters."""
    codec = _codec(label)
    for candidate in _ladder(raw, codec):
        text = _strict(raw, candidate)
        if text is not None:
            return storable(text)
    return storable(raw.decode(codec or "utf-8", errors="replace"))


def decode_header(value: str) -> str:
    """An unstructured header as people read it, in one line: RFC 2047 words, raw 8-bit bytes, folding undone.

    `value` is as the standard library's parser leaves it: ASCII, with other bytes as surrogate escapes.
    """
    unfolded = " ".join(value.splitlines())
    joined = _BETWEEN_ENCODED_WORDS.sub(r"\1", unfolded)
    return " ".join("".join(map(_decode_run, _runs(joined))).split())


def storable(text: str) -> str:
    """The same text without what databases refuse: lone surrogates and NUL."""
    return text.encode("utf-8", errors="replace").decode("utf-8").replace("\0", "")


def _ladder(raw: bytes, codec: str) -> list[str]:
    if not codec:
        return ["utf-8", "gb18030"]
    if codec == "gb18030" and _is_chinese_utf8(raw):
        return ["utf-8"]
    if codec == "cp1252":
        return ["utf-8", codec]
    return [codec, "utf-8", "gb18030"]


def _is_chinese_utf8(raw: bytes) -> bool:
    """Whether bytes labelled as GB are UTF-8 after all.

    Common Chinese characters start with B0 to D7 in GBK; in UTF-8 none does. So GBK hardly ever reads as Chinese UTF-8,
    while Chinese UTF-8 often reads as GBK, and as nonsense.
    """
    text = _strict(raw, "utf-8")
    return text is not None and bool(_CJK.search(text))


def _codec(label: str) -> str:
    """The name of Python's codec for a label; empty when the label is of no use."""
    name = label.strip().strip("\"'").lower()
    if name in _WITHOUT_MEANING:
        return ""
    return _lookup(_ALIASES.get(name, name))


def _lookup(name: str) -> str:
    try:
        found = codecs.lookup(name).name
        b"x".decode(found, errors="replace")
    except (LookupError, ValueError):
        return ""
    return "" if found.replace("-", "_") in _NOT_CHARSETS else found


def _strict(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeError:
        return None


def _runs(value: str) -> list[tuple[str, bytes]]:
    """Stretches of bytes with their charset; neighbouring words of one charset in one stretch."""
    words: list[tuple[str, bytes]] = []
    end = 0
    for match in _ENCODED_WORD.finditer(value):
        words.append(("", _raw(value[end : match.start()])))
        words.append((match[1].partition("*")[0].lower(), _unpack(match[2], match[3])))
        end = match.end()
    words.append(("", _raw(value[end:])))
    filled = [word for word in words if word[1]]
    return [(charset, b"".join(part for _, part in run)) for charset, run in groupby(filled, key=lambda word: word[0])]


def _decode_run(run: tuple[str, bytes]) -> str:
    return decode(run[1], run[0])


def _raw(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")


def _unpack(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        return decodestring(_raw(text), header=True)
    try:
        return b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        return _raw(text)
