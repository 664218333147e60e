"""What the product sends to customers, read as strictly as WeCom does (path/94677)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from lab.books import Option
from lab.wecom.refusals import WeComRefuses

TEXT_BYTES = 2048
HEAD_BYTES = 1024
URL_BYTES = 2048
MENU_ITEMS = 10
ITEM_ID_BYTES, ITEM_BYTES = 64, 128

Fields = Mapping[str, Any]
Shown = dict[str, Any]
"""What of a message the books keep: `kind`, and `text`, `medium` or `options`."""


def read_message(message: Fields, *types: str) -> Shown:
    """What the customer is shown; raises WeComRefuses. Only some types are allowed, if any are named."""
    kind = message.get("msgtype", "")
    if kind not in READERS or (types and kind not in types):
        raise WeComRefuses(40008)
    content = message.get(kind)
    if not isinstance(content, dict):
        raise WeComRefuses(47001)
    return {"kind": kind, **READERS[kind](content)}


def read_msgid(message: Fields) -> str:
    """The message's id. WeCom makes one where none is given; the lab's product gives one."""
    msgid = message.get("msgid", "")
    if not isinstance(msgid, str) or not re.fullmatch(r"[0-9a-zA-Z_-]{1,32}", msgid):
        raise WeComRefuses(40058, "msgid")
    return msgid


def _text(content: Fields) -> Shown:
    return {"text": _words(content, "content", TEXT_BYTES)}


def _medium(content: Fields) -> Shown:
    return {"medium": _words(content, "media_id", URL_BYTES)}


def _link(content: Fields) -> Shown:
    """Titles that are too long are cut by WeCom itself."""
    title, url = _words(content, "title", URL_BYTES), _words(content, "url", URL_BYTES)
    if not url.startswith(("http://", "https://")):
        raise WeComRefuses(40058, "url")
    return {"text": f"{title}\n{url}", "medium": _words(content, "thumb_media_id", URL_BYTES)}


def _location(content: Fields) -> Shown:
    latitude, longitude = content.get("latitude"), content.get("longitude")
    if not (isinstance(latitude, int | float) and isinstance(longitude, int | float)):
        raise WeComRefuses(40058, "location")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise WeComRefuses(40058, "location")
    return {"text": str(content.get("name", ""))}


def _menu(content: Fields) -> Shown:
    items = content.get("list")
    if not isinstance(items, list):
        raise WeComRefuses(47001)
    if len(items) > MENU_ITEMS:
        raise WeComRefuses(95008)
    words = [_optional(content, name) for name in ("head_content", "tail_content")]
    return {"text": "\n".join(filter(None, words)), "options": tuple(map(_item, items))}


def _item(item: Any) -> Option:
    if not isinstance(item, dict) or item.get("type") != "click" or not isinstance(item.get("click"), dict):
        raise WeComRefuses(95009)
    click = item["click"]
    return Option(id=_words(click, "id", ITEM_ID_BYTES), label=_words(click, "content", ITEM_BYTES))


READERS: Mapping[str, Callable[[Fields], Shown]] = {
    "text": _text,
    "image": _medium,
    "voice": _medium,
    "video": _medium,
    "file": _medium,
    "link": _link,
    "location": _location,
    "msgmenu": _menu,
}


def _words(content: Fields, name: str, most: int) -> str:
    value = content.get(name)
    if not isinstance(value, str):
        raise WeComRefuses(47001)
    if not value:
        raise WeComRefuses(44004)
    if len(value.encode()) > most:
        raise WeComRefuses(45002)
    return value


def _optional(content: Fields, name: str) -> str:
    return _words(content, name, HEAD_BYTES) if content.get(name) else ""
