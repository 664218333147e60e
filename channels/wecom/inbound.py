"""What WeCom tells, in our words: pages of `kf/sync_msg` (developer.work.weixin.qq.com/document/path/94670)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from channels.wecom.errors import FAILURES
from channels.wecom.names import names_on
from conversations.address import Address, address_value, wecom_address
from conversations.errors import PayloadUnreadable
from conversations.ids import AccountId
from conversations.inbound import (
    ContactChange,
    ContactChanged,
    InboundEvent,
    InboundMessage,
    Recalled,
    Receipt,
    ReceiptStatus,
    SentElsewhere,
    Unknown,
)
from conversations.parts import Choice, Link, Location, Media, MediaType, Part, Text

WINDOW = "message"
"""A customer's message lets us send five within 48 hours."""

Fields = Mapping[str, Any]
"""A JSON object of WeCom's."""

Events = tuple[InboundEvent, ...]


def read_page(account: AccountId, page: bytes, received_at: datetime) -> Events:
    """Everything on a page, in order. Raises `PayloadUnreadable` only for what is no page.

    One entry that makes no sense must not cost its neighbours: it is kept raw.
    """
    try:
        found = orjson.loads(page)
        entries, names = found["msg_list"], names_on(found)
    except (orjson.JSONDecodeError, LookupError, TypeError):
        raise PayloadUnreadable("This is not a page of WeCom's messages") from None
    if not isinstance(entries, list):
        raise PayloadUnreadable("This is not a page of WeCom's messages")
    events = (event for entry in entries for event in _read(account, entry, received_at))
    return tuple(_named(event, names) for event in events)


def _named(event: InboundEvent, names: Mapping[str, str]) -> InboundEvent:
    if not names or not isinstance(event, InboundMessage):
        return event
    return replace(event, name=names.get(address_value(event.address), ""))


def _read(account: AccountId, entry: Any, received_at: datetime) -> Events:
    try:
        return READERS[_number(entry, "origin")](account, entry, _time(entry, received_at))
    except (PayloadUnreadable, LookupError, TypeError, AttributeError):
        return (_unknown(entry, "unreadable", received_at),)


def _said(account: AccountId, entry: Fields, at: datetime) -> Events:
    """A customer wrote. What has no form here is named to the agent too, since the customer waits for an answer."""
    kind = _needed(entry, "msgtype")
    message = InboundMessage(
        key=_key(entry),
        external_id=_key(entry),
        address=_address(account, entry),
        parts=(_part(kind, entry),),
        occurred_at=at,
        opens=WINDOW,
    )
    return (message,) if kind in PARTS else (message, _unknown(entry, kind, at))


def _answered(account: AccountId, entry: Fields, at: datetime) -> Events:
    """An agent wrote in WeCom's own app."""
    answer = SentElsewhere(
        key=_key(entry),
        external_id=_key(entry),
        address=_address(account, entry),
        parts=(_part(_needed(entry, "msgtype"), entry),),
        occurred_at=at,
        author=_text(entry, "servicer_userid"),
    )
    return (answer,)


def _happened(account: AccountId, entry: Fields, at: datetime) -> Events:
    event = entry["event"]
    name = _needed(event, "event_type")
    if name not in EVENTS:
        return (_unknown(entry, name, at),)
    return (EVENTS[name](_key(entry), _address(account, event), event, at),)


READERS: dict[int, Callable[[AccountId, Fields, datetime], Events]] = {3: _said, 4: _happened, 5: _answered}
"""By `origin`: the customer, WeCom itself, an agent in WeCom's app."""


def _entered(key: str, address: Address, event: Fields, at: datetime) -> InboundEvent:
    """A customer opened the chat, by a link with this scene. That alone does not allow us to write."""
    scene = " ".join(filter(None, (_text(event, "scene"), _text(event, "scene_param"))))
    return ContactChanged(key=key, address=address, change=ContactChange.FOLLOWED, occurred_at=at, detail=scene)


def _failed(_key: str, address: Address, event: Fields, at: datetime) -> InboundEvent:
    msgid, reason = _needed(event, "fail_msgid"), _number(event, "fail_type")
    return Receipt(
        status=ReceiptStatus.FAILED,
        occurred_at=at,
        external_id=msgid,
        delivery=msgid,
        address=address,
        code=str(reason),
        text=f"WeCom did not deliver the message: {FAILURES.get(reason, FAILURES[0])}",
    )


def _recalled(key: str, address: Address, event: Fields, at: datetime) -> InboundEvent:
    return Recalled(key=key, address=address, external_id=_needed(event, "recall_msgid"), occurred_at=at)


EVENTS: dict[str, Callable[[str, Address, Fields, datetime], InboundEvent]] = {
    "enter_session": _entered,
    "msg_send_fail": _failed,
    "user_recall_msg": _recalled,
    "servicer_recall_msg": _recalled,
}
"""Other events are about WeCom's own agents and sessions; they are kept raw."""


def _part(kind: str, entry: Fields) -> Part:
    return PARTS[kind](entry[kind]) if kind in PARTS else Text(f"[{kind}]")


def _words(text: Fields) -> Part:
    """Text; a tap on one of our menus comes as text too, with the option's id beside it."""
    content, chosen = _text(text, "content"), _text(text, "menu_id")
    return Choice(chosen, content) if chosen else Text(content)


def _media(kind: MediaType, mime: str = "") -> Callable[[Fields], Part]:
    return lambda file: Media(kind, mime=mime, ref=_needed(file, "media_id"))


def _location(place: Fields) -> Part:
    try:
        latitude, longitude = float(place["latitude"]), float(place["longitude"])
    except (ValueError, OverflowError):
        raise PayloadUnreadable("The location is not in numbers") from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise PayloadUnreadable("The location is not on earth")
    return Location(latitude, longitude, " ".join(filter(None, (_text(place, "name"), _text(place, "address")))))


def _card(title: str, *names: str) -> Callable[[Fields], Part]:
    """A card that only WeChat can open: its title and what is written on it."""
    return lambda card: Text(" ".join(filter(None, (title, *(_text(card, name) for name in names)))))


def _record(record: Fields) -> Part:
    """A chat that the customer passed on: who said what."""
    lines = [f"{_text(item, 'sender_name')}: {_quoted(item)}" for item in record.get("item") or ()]
    return Text("\n".join((f"[聊天记录] {_text(record, 'title')}", *lines)))


def _quoted(item: Fields) -> str:
    kind = _text(item, "msgtype")
    try:
        content = orjson.loads(_text(item, "msg_content"))
    except orjson.JSONDecodeError:
        content = None
    words = content.get("text", content) if isinstance(content, dict) else None
    return _text(words, "content") if kind == "text" and isinstance(words, dict) else f"[{kind}]"


def _menu(menu: Fields) -> Part:
    """A menu that an agent sent from WeCom's app."""
    items = [_text(item.get(_text(item, "type")) or {}, "content") for item in menu.get("list") or ()]
    return Text("\n".join(filter(None, (_text(menu, "head_content"), *items, _text(menu, "tail_content")))))


PARTS: dict[str, Callable[[Fields], Part]] = {
    "text": _words,
    "image": _media(MediaType.IMAGE),
    "voice": _media(MediaType.VOICE, "audio/amr"),
    "video": _media(MediaType.VIDEO),
    "file": _media(MediaType.FILE),
    "location": _location,
    "link": lambda link: Link(_needed(link, "url"), _text(link, "title"), _text(link, "desc")),
    "business_card": _card("[名片]", "userid"),
    "miniprogram": _card("[小程序]", "title", "pagepath"),
    "channels": _card("[视频号]", "nickname", "title"),
    "channels_shop_product": _card("[视频号商品]", "title", "shop_nickname", "product_id"),
    "channels_shop_order": _card("[视频号订单]", "product_titles", "price_wording", "state", "order_id"),
    "merged_msg": _record,
    "msgmenu": _menu,
}


def _unknown(entry: Any, name: str, at: datetime) -> Unknown:
    return Unknown(key=_key(entry), name=name, occurred_at=at, raw=orjson.dumps(entry).decode())


def _key(entry: Any) -> str:
    """The `msgid`; WeCom's older pages show events without one."""
    msgid = entry.get("msgid") if isinstance(entry, dict) else None
    if isinstance(msgid, str) and msgid:
        return msgid
    return sha256(orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _address(account: AccountId, fields: Fields) -> Address:
    return wecom_address(account, _needed(fields, "external_userid"))


def _time(entry: Fields, received_at: datetime) -> datetime:
    """`send_time` counts seconds; some events have none."""
    if not entry.get("send_time"):
        return received_at
    try:
        return datetime.fromtimestamp(_number(entry, "send_time"), UTC)
    except (ValueError, OverflowError, OSError):
        raise PayloadUnreadable("send_time is not a time") from None


def _number(fields: Fields, name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int):
        raise PayloadUnreadable(f"{name} is not a number")
    return value


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name) or ""
    if not isinstance(value, str | int):
        raise PayloadUnreadable(f"{name} is not a text")
    return str(value)


def _needed(fields: Fields, name: str) -> str:
    value = _text(fields, name)
    if not value:
        raise PayloadUnreadable(f"{name} is missing")
    return value
