"""Reading mail: the bytes of a message into our parts, however it was built.

The standard library's parser accepts anything; the modern header objects do not, so headers stay raw here and are
decoded one by one.
"""

import hashlib
import mimetypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import TypeAlias
from urllib.parse import unquote

import nh3

from channels.email.charset import decode, decode_header, storable
from channels.email.quotes import split_html, split_text
from conversations.errors import PayloadUnreadable
from conversations.parts import Html, Media, MediaType, Part, Text

Mail: TypeAlias = "Message[str, str]"

# Larger bodies become files: nobody reads them in a conversation, and some are built to choke a parser.
BODY_LIMIT = 500_000
# Sanitising takes time with the square of the depth: 200,000 nested elements take minutes.
DEPTH_LIMIT = 1_000

_TAG = re.compile(r"<(/?)(?!(?:br|img|hr|meta|input|link|col|p|li|td|th|tr|option)\b)[a-z]", re.IGNORECASE)
_PLAUSIBLE_MAILBOX = re.compile(r"[^@\s<>\"(),;:\\]{1,64}@[^@\s<>\"(),;:\\]{1,255}")


class _RawHeaders(Compat32):
    """Hands headers out, and writes them, exactly as they came."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}\n".encode("utf-8", errors="surrogateescape")


@dataclass(frozen=True)
class Mailbox:
    """An address with the name beside it."""

    name: str
    address: str


@dataclass(frozen=True)
class _Leaf:
    """One piece of a mail that is not a container."""

    mime: str
    name: str
    attached: bool
    content_id: str
    charset: str
    content: bytes


def parse_mail(raw: bytes) -> Mail:
    """The structure of a message. Raises PayloadUnreadable when it is nested beyond reason."""
    try:
        return message_from_bytes(raw, policy=_RawHeaders())
    except RecursionError as error:
        raise PayloadUnreadable("the message is nested too deeply") from error


def header(mail: Mail, name: str) -> str:
    """A header as people read it, in one line; empty when it is missing."""
    return decode_header(str(mail.get(name, "")))


def raw_header(mail: Mail, name: str) -> str:
    """A header for machines, such as Message-ID: unfolded, not decoded."""
    return storable(" ".join(str(mail.get(name, "")).split()))


def mailboxes(mail: Mail, *names: str) -> list[Mailbox]:
    """The plausible addresses in these headers, in order."""
    values = [str(value).replace("\r", " ").replace("\n", " ") for name in names for value in mail.get_all(name, [])]
    pairs = [(decode_header(name), storable(address).strip()) for name, address in getaddresses(values)]
    return [Mailbox(name, address) for name, address in pairs if _PLAUSIBLE_MAILBOX.fullmatch(address)]


def written_at(mail: Mail, received_at: datetime) -> datetime:
    """When the sender says it was written, never later than it arrived."""
    try:
        said = parsedate_to_datetime(str(mail.get("Date", "")))
        aware = said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return received_at
    return min(aware, received_at)


def children(mail: Mail) -> list[Mail]:
    """What a container holds; empty for a piece that is not one."""
    # Asking a piece for its payload decodes it, which fails on charsets that name a NUL.
    payload = mail.get_payload() if mail.is_multipart() else []
    return [part for part in payload if isinstance(part, Message)]


def body_parts(mail: Mail) -> tuple[Part, ...]:
    """What was said: always one Text, then the formatted body, then the files."""
    leaves = list(_leaves(mail))
    plain = "\n".join(decode(leaf.content, leaf.charset) for leaf in leaves if _is_body(leaf, "text/plain")).strip()
    html = "\n".join(decode(leaf.content, leaf.charset) for leaf in leaves if _is_body(leaf, "text/html")).strip()
    files = [leaf for leaf in leaves if not _is_body(leaf, "text/plain") and not _is_body(leaf, "text/html")]
    inline = {leaf.content_id: hashlib.sha256(leaf.content).hexdigest() for leaf in files if leaf.content_id}
    return (_words(plain, html), *_formatted(html, inline), *map(_media, files))


def _words(plain: str, html: str) -> Text:
    words = split_text(plain) if plain or not html else split_html(html)
    return Text(words.fresh, words.quoted)


def _formatted(html: str, inline: dict[str, str]) -> list[Part]:
    safe = sanitise(html, inline) if html else ""
    return [Html(safe)] if safe else []


def sanitise(html: str, inline: dict[str, str]) -> str:
    """HTML that is safe to show in a sandbox: nothing active, nothing loaded from elsewhere.

    Pictures that came along keep `src="cid:<digest>"`, so that a page can show the stored file; others lose it.
    """
    return nh3.clean(
        html,
        attributes={**nh3.ALLOWED_ATTRIBUTES, "img": {"src", "alt", "width", "height"}},
        attribute_filter=_source_filter(inline),
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )


def _source_filter(inline: dict[str, str]) -> Callable[[str, str, str], str | None]:
    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute != "src":
            return value
        scheme, _, content_id = value.partition(":")
        digest = inline.get(unquote(content_id)) if scheme.lower() == "cid" else None
        return f"cid:{digest}" if digest else None

    return keep


def _is_body(leaf: _Leaf, mime: str) -> bool:
    return leaf.mime == mime and not leaf.attached


def _leaves(mail: Mail) -> Iterator[_Leaf]:
    """Every piece, in order. Not recursive: a hostile mail may be deep."""
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting.extend(reversed(children(part)))
        else:
            yield _leaf(part)


def _leaf(part: Mail) -> _Leaf:
    mime, name = part.get_content_type(), _file_name(part)
    content = _content(part)
    charset = _parameter(part, "charset", "content-type")
    disposition = str(part.get("Content-Disposition", "")).strip().lower()
    return _Leaf(
        mime=mime,
        name=name,
        attached=disposition.startswith("attachment") or bool(name) or not _is_readable(mime, content, charset),
        content_id=str(part.get("Content-ID", "")).strip().strip("<>"),
        charset=charset,
        content=content,
    )


def _is_readable(mime: str, content: bytes, charset: str) -> bool:
    """Whether this can be shown as a body; what is too long or too deep is kept as a file."""
    if len(content) > BODY_LIMIT:
        return False
    return mime != "text/html" or depth(decode(content, charset)) <= DEPTH_LIMIT


def depth(html: str) -> int:
    """How deep the elements of a document are nested, at most."""
    now = deepest = 0
    for match in _TAG.finditer(html):
        now = max(now - 1, 0) if match[1] else now + 1
        deepest = max(deepest, now)
    return deepest


def _content(part: Mail) -> bytes:
    if part.is_multipart():
        return b"".join(map(_whole, children(part)))
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _whole(mail: Mail) -> bytes:
    """A mail within a mail, as it was."""
    try:
        return mail.as_bytes(policy=_RawHeaders())
    except RecursionError as error:
        raise PayloadUnreadable("the message is nested too deeply") from error


def _file_name(part: Mail) -> str:
    """The last component of the name the sender gave, in whichever of three ways it is written."""
    name = _parameter(part, "filename", "content-disposition") or _parameter(part, "name", "content-type")
    return re.split(r"[/\\]", name)[-1].strip(" .")[:200]


def _parameter(part: Mail, name: str, of: str) -> str:
    try:
        value = part.get_param(name, header=of)
    except (ValueError, TypeError, LookupError):
        # The standard library stumbles over malformed RFC 2231 continuations; the part is still worth having.
        return ""
    if isinstance(value, tuple):
        charset, _, text = value
        return decode(text.encode("latin-1", errors="replace"), charset or "")
    return decode_header(value or "")


_MEDIA_TYPES = {"image": MediaType.IMAGE, "audio": MediaType.VOICE, "video": MediaType.VIDEO}
_PLAUSIBLE_MIME = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")


def _media(leaf: _Leaf) -> Media:
    mime = leaf.mime if _PLAUSIBLE_MIME.fullmatch(leaf.mime) else "application/octet-stream"
    return Media(
        type=_MEDIA_TYPES.get(mime.partition("/")[0], MediaType.FILE),
        name=leaf.name or f"attachment{_extension(mime)}",
        mime=mime,
        size=len(leaf.content),
        content=leaf.content,
    )


def _extension(mime: str) -> str:
    return ".eml" if mime == "message/rfc822" else mimetypes.guess_extension(mime) or ""
