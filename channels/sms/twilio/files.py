"""Files for Twilio, which fetches them by HTTP: each under a link of ours that ends, and that nobody else can make.

Source: twilio.com/docs/messaging/guides/accepted-mime-types. Twilio asks with HEAD and GET, without credentials.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from yarl import URL

from channels.contract import MediaLimit
from conversations.parts import Album, Media, MediaType, Part

LASTS = timedelta(hours=12)
"""A message waits at Twilio for 10 hours at most (ValidityPeriod)."""

_LARGEST = 5 * 1024 * 1024

CARRIED: Mapping[MediaType, MediaLimit] = {
    MediaType.IMAGE: MediaLimit(frozenset(("image/jpeg", "image/png", "image/gif")), _LARGEST),
    MediaType.VOICE: MediaLimit(frozenset(("audio/mpeg", "audio/amr", "audio/ogg")), _LARGEST),
    MediaType.VIDEO: MediaLimit(frozenset(("video/mp4", "video/webm")), _LARGEST),
    MediaType.FILE: MediaLimit(frozenset(("application/pdf",)), _LARGEST),
}

MOST = 10
"""Files of one message, which together have no more bytes than one may have (code 21623; …/api/media-resource)."""

_PURPOSE = b"huiliu file for twilio\0"
_DIGEST, _SECONDS, _MAC = 32, 8, 16


def gathered(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The same parts; files that stand side by side are one message, as far as they fit into one."""
    found: list[Part] = []
    for part in parts:
        before = _files(found[-1]) if found else ()
        if isinstance(part, Media) and before and _fit(*before, part):
            found[-1] = Album((*before, part))
        else:
            found.append(part)
    return tuple(found)


def link(webhook_url: str, token: str) -> str:
    """Where the gateway hands the file out: beside the account's webhook."""
    webhook = URL(webhook_url)
    return str(webhook.with_query(None).parent.parent / "offered" / webhook.name / token)


def offer(secret: str, digest: str, now: datetime) -> str:
    """A token that opens the file with this SHA-256 for a while."""
    ends = int((now + LASTS).timestamp())
    said = bytes.fromhex(digest) + ends.to_bytes(_SECONDS, "big")
    return urlsafe_b64encode(said + _mac(secret, said)).decode().rstrip("=")


def offered(secret: str, token: str, now: datetime) -> str | None:
    """The SHA-256 of the file that this token opens; None if it is not ours or has ended."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    said, mac = raw[:-_MAC], raw[-_MAC:]
    if len(said) != _DIGEST + _SECONDS or not hmac.compare_digest(mac, _mac(secret, said)):
        return None
    ends = datetime.fromtimestamp(int.from_bytes(said[_DIGEST:], "big"), UTC)
    return said[:_DIGEST].hex() if now < ends else None


def _mac(secret: str, said: bytes) -> bytes:
    return hmac.digest(secret.encode(), _PURPOSE + said, "sha256")[:_MAC]


def _files(part: Part) -> tuple[Media, ...]:
    match part:
        case Media():
            return (part,)
        case Album():
            return part.files
        case _:
            return ()


def _fit(*files: Media) -> bool:
    return len(files) <= MOST and sum(file.size for file in files) <= _LARGEST
