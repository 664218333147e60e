"""One document of WeChat: its fields as wechatpy reads them (with entities disabled), and what all of them have."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wechatpy import parse_message

from conversations.address import Address, wechat_address
from conversations.errors import PayloadUnreadable
from conversations.ids import AccountId

Fields = Mapping[str, Any]
"""The elements of WeChat's XML: strings, or nested ones for a few events."""


@dataclass(frozen=True, kw_only=True)
class News:
    """A message or an event: who wrote it when, to which of our names, and what makes a redelivery recognisable.

    `kind` is the type of a message or the name of an event, in lower case.
    """

    document: str
    fields: Fields
    is_event: bool
    kind: str
    key: str
    openid: str
    sender: Address
    service: str
    at: datetime


def read_news(account: AccountId, document: str) -> News:
    """Read one document. Raises `PayloadUnreadable`."""
    fields = _read(document)
    openid = needed(fields, "FromUserName")
    is_event = needed(fields, "MsgType").lower() == "event"
    return News(
        document=document,
        fields=fields,
        is_event=is_event,
        kind=needed(fields, "Event" if is_event else "MsgType").lower(),
        key=_event_key(openid, fields) if is_event else needed(fields, "MsgId"),
        openid=openid,
        sender=wechat_address(account, openid),
        service=text(fields, "ToUserName"),
        at=_time(fields),
    )


def text(fields: Fields, name: str) -> str:
    """A field; empty when it is not there. Raises `PayloadUnreadable` for what is not a text."""
    value = fields.get(name) or ""
    if not isinstance(value, str):
        raise PayloadUnreadable(f"{name} is not a text")
    return value


def needed(fields: Fields, name: str) -> str:
    """A field that must be there. Raises `PayloadUnreadable`."""
    value = text(fields, name)
    if not value:
        raise PayloadUnreadable(f"{name} is missing")
    return value


def inside(fields: Fields, name: str) -> Fields:
    """The fields in a field; none when it is not there. Raises `PayloadUnreadable`."""
    value = fields.get(name) or {}
    if not isinstance(value, Mapping):
        raise PayloadUnreadable(f"{name} has no fields")
    return value


def items(fields: Fields, name: str) -> list[Fields]:
    """A field that WeChat writes once for one item and again for each further one. Raises `PayloadUnreadable`."""
    value = fields.get(name) or []
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(item, Mapping) for item in found):
        raise PayloadUnreadable(f"{name} has an item without fields")
    return found


def _read(document: str) -> Fields:
    """The fields; wechatpy has parted `qrscene_` from the scene of whoever follows. Raises `PayloadUnreadable`."""
    try:
        fields: Fields = parse_message(document)._data
    except Exception as error:  # wechatpy lets through whatever expat, missing tags and wrong types raise
        raise PayloadUnreadable("This is not a message of WeChat") from error
    return fields


def _event_key(openid: str, fields: Fields) -> str:
    """An event has no id of its own, and two may share one second. One about a message is told once per message."""
    about = text(fields, "MsgID") or text(fields, "EventKey")
    return ":".join((openid, needed(fields, "CreateTime"), needed(fields, "Event").lower(), about))


def _time(fields: Fields) -> datetime:
    """`CreateTime` counts seconds."""
    try:
        return datetime.fromtimestamp(int(needed(fields, "CreateTime")), UTC)
    except (ValueError, OverflowError, OSError):
        raise PayloadUnreadable("CreateTime is not a time") from None
