"""What the other system tells: messages of its customers, and what became of ours."""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from conversations.address import custom_address
from conversations.errors import PayloadUnreadable
from conversations.ids import AccountId
from conversations.inbound import InboundEvent, InboundMessage, Receipt, ReceiptStatus
from conversations.parts import Choice, Location, Media, MediaType, Part, Text

LONGEST_NAME = 200
LONGEST_TEXT = 100_000
MOST_ATTACHMENTS = 10

IMAGES = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
MEDIA_TYPES = {"audio": MediaType.VOICE, "video": MediaType.VIDEO}

Fields = Mapping[str, Any]


def read_event(account: AccountId, body: bytes, received_at: datetime) -> InboundEvent:
    """One message or receipt. Raises `PayloadUnreadable` with a sentence for whoever writes the other system."""
    fields = _object(body)
    read: Callable[[AccountId, Fields, datetime], InboundEvent] = _receipt if "delivery" in fields else _message
    return read(account, fields, received_at)


def _message(account: AccountId, fields: Fields, received_at: datetime) -> InboundMessage:
    name = _needed(fields, "id")
    return InboundMessage(
        key=name,
        external_id=name,
        address=custom_address(account, _needed(fields, "from")),
        parts=_parts(fields),
        occurred_at=_time(fields, received_at),
        name=_text(fields, "name", LONGEST_NAME),
        language=_text(fields, "language", LONGEST_NAME),
    )


def _receipt(account: AccountId, fields: Fields, received_at: datetime) -> Receipt:
    try:
        status = ReceiptStatus(_needed(fields, "status"))
    except ValueError:
        raise PayloadUnreadable(f"status is not one of {', '.join(ReceiptStatus)}") from None
    return Receipt(
        status=status,
        occurred_at=_time(fields, received_at),
        delivery=_needed(fields, "delivery"),
        code=_text(fields, "code", LONGEST_NAME),
        text=_text(fields, "text", LONGEST_TEXT),
    )


def _parts(fields: Fields) -> tuple[Part, ...]:
    words = _text(fields, "text", LONGEST_TEXT)
    said: list[Part] = [Text(words)] if words.strip() else []
    said += [_choice(each) for each in _objects(fields, "choice", 1)]
    said += [_location(each) for each in _objects(fields, "location", 1)]
    said += [_attachment(each) for each in _objects(fields, "attachments", MOST_ATTACHMENTS)]
    if not said:
        raise PayloadUnreadable("the message says nothing: text, choice, location or attachments are needed")
    return tuple(said)


def _choice(fields: Fields) -> Choice:
    return Choice(_needed(fields, "id"), _text(fields, "label", LONGEST_NAME))


def _location(fields: Fields) -> Location:
    latitude, longitude = fields.get("latitude"), fields.get("longitude")
    if not (isinstance(latitude, int | float) and isinstance(longitude, int | float)):
        raise PayloadUnreadable("a location needs latitude and longitude in degrees")
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise PayloadUnreadable("the location is not on earth")
    return Location(latitude, longitude, _text(fields, "label", LONGEST_NAME))


def _attachment(fields: Fields) -> Media:
    mime, name = _text(fields, "mime", LONGEST_NAME).lower(), _text(fields, "name", LONGEST_NAME)
    if "base64" in fields:
        content = _bytes(_text(fields, "base64", LONGEST_TEXT * MOST_ATTACHMENTS))
        return Media(_media_type(mime), name=name, mime=mime, size=len(content), content=content)
    return Media(_media_type(mime), name=name, mime=mime, ref=_needed(fields, "url", most=2000))


def _media_type(mime: str) -> MediaType:
    return MediaType.IMAGE if mime in IMAGES else MEDIA_TYPES.get(mime.partition("/")[0], MediaType.FILE)


def _bytes(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise PayloadUnreadable("an attachment's base64 is not base64") from None
    if not found:
        raise PayloadUnreadable("an attachment is empty")
    return found


def _time(fields: Fields, received_at: datetime) -> datetime:
    written = _text(fields, "at", LONGEST_NAME)
    if not written:
        return received_at
    try:
        at = datetime.fromisoformat(written)
        if at.utcoffset() is None:
            raise PayloadUnreadable("at has no offset, such as +08:00")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PayloadUnreadable("at is not a time of ISO 8601") from None


def _object(body: bytes) -> Fields:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise PayloadUnreadable("the body is not JSON") from None
    if not isinstance(found, dict):
        raise PayloadUnreadable("the body is not a JSON object")
    return found


def _objects(fields: Fields, name: str, most: int) -> list[Fields]:
    """The objects under a name; one alone needs no brackets."""
    found = fields.get(name) or []
    listed = found if isinstance(found, list) else [found]
    if len(listed) > most or not all(isinstance(each, dict) for each in listed):
        raise PayloadUnreadable(f"{name} must be at most {most} of objects")
    return listed


def _needed(fields: Fields, name: str, most: int = LONGEST_NAME) -> str:
    value = _text(fields, name, most)
    if not value:
        raise PayloadUnreadable(f"{name} is missing")
    return value


def _text(fields: Fields, name: str, most: int) -> str:
    """A text without zeros, which no database keeps; empty when there is none."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise PayloadUnreadable(f"{name} is not a text of up to {most} characters")
    return value.replace("\0", "")
