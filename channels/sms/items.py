"""Callbacks in JSON that bring many items at once: one that makes no sense must not cost the others."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from channels.contract import WebhookReply
from channels.sms.phones import e164
from conversations.address import Address, phone_address
from conversations.errors import PayloadUnreadable
from conversations.inbound import InboundEvent, Unknown

CHINA = ZoneInfo("Asia/Shanghai")
"""The providers of China write its time without saying so."""

Item = Mapping[str, Any]
Reader = Callable[[Item], Iterable[InboundEvent]]


def items_in(body: bytes) -> list[Item]:
    """The objects of an array, or the one object alone. Raises `PayloadUnreadable`."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise PayloadUnreadable("The body is not JSON") from None
    items = found if isinstance(found, list) else [found]
    if not all(isinstance(item, dict) for item in items):
        raise PayloadUnreadable("The body holds something else than objects")
    return items


def read_items(items: Iterable[Item], read: Reader, received_at: datetime) -> tuple[InboundEvent, ...]:
    """The news in each; an item that `read` finds unreadable is kept raw."""
    return tuple(event for item in items for event in _read(item, read, received_at))


def _read(item: Item, read: Reader, received_at: datetime) -> Iterator[InboundEvent]:
    try:
        yield from read(item)
    except PayloadUnreadable:
        raw = orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode()
        yield Unknown(key=digest(raw), name="sms", occurred_at=received_at, raw=raw)


def digest(*texts: str) -> str:
    """A name for news that the provider gave none."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def text_in(item: Item, name: str) -> str:
    """A text or a number as text; empty if it is not there. Raises `PayloadUnreadable`."""
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int):
        raise PayloadUnreadable(f"{name} is not a text")
    return str(value)


def needed_in(item: Item, name: str) -> str:
    """A text that must be there. Raises `PayloadUnreadable`."""
    value = text_in(item, name)
    if not value:
        raise PayloadUnreadable(f"{name} is missing")
    return value


def phone_in(number: str, country: str) -> Address:
    """The address with this number. Raises `PayloadUnreadable`."""
    try:
        return phone_address(e164(number, country))
    except ValueError as error:
        raise PayloadUnreadable(str(error)) from None


def china_time(written: str) -> datetime:
    """A time of China, such as 2026-11-21 11:00:05. Raises `PayloadUnreadable`."""
    try:
        return datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PayloadUnreadable(f"{written!r} is not a time") from None


def json_reply(status: int, value: Mapping[str, str | int]) -> WebhookReply:
    """An answer in JSON."""
    return WebhookReply(status=status, body=orjson.dumps(value), content_type="application/json")
