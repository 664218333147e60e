"""Files that WeChat takes: of which types, by their first bytes, and how large.

https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lab.media import sniff
from lab.wechat.refusals import WeChatRefuses

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE

AMR, MP4 = "audio/amr", "video/mp4"
MP3_STARTS = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")

SUFFIXES = {AMR: "amr", "audio/mpeg": "mp3", MP4: "mp4"}


@dataclass(frozen=True)
class FileRule:
    """What a file of one type may be."""

    mimes: frozenset[str]
    max_bytes: int


RULES: Mapping[str, FileRule] = {
    "image": FileRule(frozenset(("image/jpeg", "image/png", "image/gif", "image/bmp")), 10 * MEGABYTE),
    "voice": FileRule(frozenset((AMR, "audio/mpeg")), 2 * MEGABYTE),
    "video": FileRule(frozenset((MP4,)), 10 * MEGABYTE),
    "thumb": FileRule(frozenset(("image/jpeg",)), 64 * KILOBYTE),
}


def mime_of(content: bytes) -> str:
    """The MIME type by the first bytes; empty for what WeChat does not know."""
    if content.startswith(b"#!AMR"):
        return AMR
    if content.startswith(MP3_STARTS):
        return "audio/mpeg"
    return MP4 if content[4:8] == b"ftyp" else sniff(content)


def kind_of(content: bytes) -> str:
    """What a follower's phone sends such a file as; empty for what it cannot send."""
    mime = mime_of(content)
    return next((kind for kind, rule in RULES.items() if mime in rule.mimes), "")


def check_file(kind: str, content: bytes) -> None:
    """Raise WeChatRefuses unless this can be uploaded as this type."""
    rule = RULES.get(kind)
    if rule is None:
        raise WeChatRefuses(40004)
    if not content:
        raise WeChatRefuses(41005)
    if len(content) > rule.max_bytes:
        raise WeChatRefuses(45001)
    if mime_of(content) not in rule.mimes:
        raise WeChatRefuses(40004)
