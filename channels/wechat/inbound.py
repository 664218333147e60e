"""What WeChat tells, in our words: its XML as wechatpy reads it (with entities disabled)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from wechatpy import parse_message

from conversations.address import Address, address_value, wechat_address
from conversations.errors import PayloadUnreadable
from conversations.ids import AccountId
from conversations.inbound import ContactChange, ContactChanged, InboundEvent, InboundMessage, Unknown
from conversations.parts import Choice, Link, Location, Media, MediaType, Part, Text

Fields = Mapping[str, Any]
"""The elements of WeChat's XML: strings, or nested ones for a few events."""

CHANGES = {
    "subscribe": ContactChange.FOLLOWED,
    "subscribe_scan": ContactChange.FOLLOWED,
    "unsubscribe": ContactChange.UNFOLLOWED,
}
"""Events that say whether somebody follows; `subscribe_scan` is wechatpy's word for following through a QR code."""

TAPS = frozenset(("click", "scan"))
"""Events in which a customer chose something that we named: a button of the menu, a QR code with a scene."""


def read_event(account: AccountId, document: str) -> InboundEvent:
    """One message or event of WeChat in our words. Raises `PayloadUnreadable`."""
    fields = _read(document)
    kind = _needed(fields, "MsgType").lower()
    sender = wechat_address(account, _needed(fields, "FromUserName"))
    at = _time(fields)
    if kind == "event":
        return _happened(sender, at, fields, document)
    if kind not in PARTS:
        return Unknown(key=_needed(fields, "MsgId"), name=kind, occurred_at=at, raw=document)
    message_id = _needed(fields, "MsgId")
    return InboundMessage(
        key=message_id, external_id=message_id, address=sender, parts=(PARTS[kind](fields),), occurred_at=at
    )


def _happened(sender: Address, at: datetime, fields: Fields, document: str) -> InboundEvent:
    """An event has no id of its own, and two may share one second."""
    name, event_key = _needed(fields, "Event").lower(), _text(fields, "EventKey")
    key = ":".join((address_value(sender), _text(fields, "CreateTime"), name, event_key))
    if name in CHANGES:
        return ContactChanged(key=key, address=sender, change=CHANGES[name], occurred_at=at, detail=event_key)
    if name in TAPS:
        return InboundMessage(key=key, address=sender, parts=(Choice(event_key),), occurred_at=at)
    return Unknown(key=key, name=name, occurred_at=at, raw=document)


def _words(fields: Fields) -> Part:
    """Text; a tap on one of our menus comes as text too, with the option's id beside it."""
    content, chosen = _text(fields, "Content"), _text(fields, "bizmsgmenuid")
    return Choice(chosen, content) if chosen else Text(content)


def _voice(fields: Fields) -> Part:
    return Media(
        MediaType.VOICE, mime=f"audio/{_text(fields, 'Format').lower() or 'amr'}", ref=_needed(fields, "MediaId")
    )


def _location(fields: Fields) -> Part:
    try:
        latitude, longitude = float(_needed(fields, "Location_X")), float(_needed(fields, "Location_Y"))
    except ValueError:
        raise PayloadUnreadable("The location is not in numbers") from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise PayloadUnreadable("The location is not on earth")
    return Location(latitude, longitude, _text(fields, "Label"))


PARTS: dict[str, Callable[[Fields], Part]] = {
    "text": _words,
    "image": lambda fields: Media(MediaType.IMAGE, ref=_needed(fields, "MediaId")),
    "voice": _voice,
    "video": lambda fields: Media(MediaType.VIDEO, ref=_needed(fields, "MediaId")),
    "shortvideo": lambda fields: Media(MediaType.VIDEO, ref=_needed(fields, "MediaId")),
    "location": _location,
    "link": lambda fields: Link(_needed(fields, "Url"), _text(fields, "Title"), _text(fields, "Description")),
}


def _read(document: str) -> Fields:
    """The fields of a message or event; wechatpy has parted `qrscene_` from the scene. Raises `PayloadUnreadable`."""
    try:
        fields: Fields = parse_message(document)._data
    except Exception as error:  # wechatpy lets through whatever expat, missing tags and wrong types raise
        raise PayloadUnreadable("This is not a message of WeChat") from error
    return fields


def _time(fields: Fields) -> datetime:
    """`CreateTime` counts seconds."""
    try:
        return datetime.fromtimestamp(int(_needed(fields, "CreateTime")), UTC)
    except (ValueError, OverflowError, OSError):
        raise PayloadUnreadable("CreateTime is not a time") from None


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name) or ""
    if not isinstance(value, str):
        raise PayloadUnreadable(f"{name} is not a text")
    return value


def _needed(fields: Fields, name: str) -> str:
    value = _text(fields, name)
    if not value:
        raise PayloadUnreadable(f"{name} is missing")
    return value
