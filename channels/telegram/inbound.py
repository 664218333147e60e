"""What Telegram tells, in our words; aiogram knows the shapes. Only private chats are a channel."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

import orjson
from aiogram.types import CallbackQuery, Chat, ChatMemberUpdated, Message, User
from pydantic import ValidationError

from conversations.address import Address, telegram_address
from conversations.errors import PayloadUnreadable
from conversations.ids import AccountId
from conversations.inbound import ContactChange, ContactChanged, Fragment, InboundEvent, InboundMessage, Unknown
from conversations.parts import Choice, Location, Media, MediaType, Part, Text

START = "/start"

EDITED = "✏️ "
"""Before the words of an edited message: the first ones stay, since somebody may have answered them."""

MEDIA: tuple[tuple[str, MediaType, str], ...] = (
    ("animation", MediaType.VIDEO, "video/mp4"),
    ("voice", MediaType.VOICE, "audio/ogg"),
    ("audio", MediaType.VOICE, "audio/mpeg"),
    ("video", MediaType.VIDEO, "video/mp4"),
    ("video_note", MediaType.VIDEO, "video/mp4"),
    ("document", MediaType.FILE, "application/octet-stream"),
)
"""Fields of a message, what they are, and their type where Telegram names none. An animation is a `document` too."""

CHANGES = {"kicked": ContactChange.UNFOLLOWED, "member": ContactChange.FOLLOWED}
"""What the bot is to somebody who blocked it, or lets it write again."""

Events = tuple[InboundEvent, ...]


@dataclass(frozen=True)
class Frame:
    """What surrounds the content of an update."""

    account: AccountId
    key: str
    received_at: datetime

    def address(self, chat: Chat) -> Address:
        """Where to write to."""
        return telegram_address(self.account, str(chat.id))


def read_body(account: AccountId, body: bytes, received_at: datetime) -> Events:
    """The events of one update. Raises `PayloadUnreadable`."""
    update = _update(body)
    frame = Frame(account, str(update["update_id"]), received_at)
    kind = next((name for name in update if name != "update_id"), "update")
    try:
        events = READERS[kind](frame, update[kind]) if kind in READERS else ()
    except ValidationError:
        events = ()
    raw = orjson.dumps(update).decode()
    return events or (Unknown(key=frame.key, name=kind, occurred_at=received_at, raw=raw),)


def question_to_answer(body: bytes) -> str:
    """The id of the tap in this update that the customer's phone waits to see answered, if it is one.

    Raises `PayloadUnreadable`.
    """
    tap = _update(body).get("callback_query")
    return str(tap.get("id", "")) if isinstance(tap, dict) else ""


def _update(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise PayloadUnreadable("The body is not JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("update_id"), int):
        raise PayloadUnreadable("The body is not an update")
    return found


def _said(frame: Frame, raw: object) -> Events:
    message = Message.model_validate(raw)
    parts = _parts(message)
    if message.chat.type != "private" or not parts:
        return ()
    if message.text and message.text.partition(" ")[0] == START:
        return _started(frame, message)
    return (replace(_message(frame, message, parts), fragment=_of_album(message)),)


def _of_album(message: Message) -> Fragment | None:
    """Each picture of an album is a message to Telegram, which does not say how many there are."""
    album = message.media_group_id
    return Fragment(reference=album, number=message.message_id, total=0) if album else None


def _edited(frame: Frame, raw: object) -> Events:
    """Only words are told again: of a live location there would be a message every few seconds."""
    message = Message.model_validate(raw)
    words = _words(message)
    if message.chat.type != "private" or not words:
        return ()
    told = (Text(EDITED + words),)
    return (replace(_message(frame, message, told), external_id="", occurred_at=frame.received_at),)


def _started(frame: Frame, message: Message) -> Events:
    """Somebody opened the bot, perhaps through a link with a word of ours (t.me/bot?start=word)."""
    word = (message.text or "").removeprefix(START).strip()
    followed = ContactChanged(
        key=frame.key,
        address=frame.address(message.chat),
        change=ContactChange.FOLLOWED,
        occurred_at=message.date,
        detail=word,
    )
    if not word:
        return (followed,)
    return followed, replace(_message(frame, message, (Choice(word),)), key=f"{frame.key}:{START}", source=word)


def _tapped(frame: Frame, raw: object) -> Events:
    tap = CallbackQuery.model_validate(raw)
    if tap.message is None or tap.message.chat.type != "private" or not tap.data:
        return ()
    said = InboundMessage(
        key=frame.key,
        address=frame.address(tap.message.chat),
        parts=(Choice(tap.data, _label(tap)),),
        occurred_at=frame.received_at,
    )
    return (_by(tap.from_user, said),)


def _label(tap: CallbackQuery) -> str:
    """What stands on the button; Telegram tells only its data, and the message it belongs to."""
    if not isinstance(tap.message, Message) or tap.message.reply_markup is None:
        return ""
    buttons = chain.from_iterable(tap.message.reply_markup.inline_keyboard)
    return next((button.text for button in buttons if button.callback_data == tap.data), "")


def _changed(frame: Frame, raw: object) -> Events:
    news = ChatMemberUpdated.model_validate(raw)
    change = CHANGES.get(news.new_chat_member.status)
    if news.chat.type != "private" or change is None:
        return ()
    return (ContactChanged(key=frame.key, address=frame.address(news.chat), change=change, occurred_at=news.date),)


READERS: Mapping[str, Callable[[Frame, object], Events]] = {
    "message": _said,
    "edited_message": _edited,
    "callback_query": _tapped,
    "my_chat_member": _changed,
}
"""The updates we ask for and have words for; of the others, and where a reader finds no words, the raw one is kept."""


def _message(frame: Frame, message: Message, parts: tuple[Part, ...]) -> InboundMessage:
    said = InboundMessage(
        key=frame.key,
        external_id=str(message.message_id),
        address=frame.address(message.chat),
        parts=parts,
        occurred_at=message.date,
    )
    return _by(message.from_user, said)


def _by(user: User | None, said: InboundMessage) -> InboundMessage:
    return replace(said, name=user.full_name, language=user.language_code or "") if user else said


def _parts(message: Message) -> tuple[Part, ...]:
    words = _words(message)
    text = [Text(words, _quoted(message))] if words else []
    return (*_pictures(message), *_files(message), *_place(message), *_card(message), *text)


def _words(message: Message) -> str:
    return message.text or message.caption or ""


def _quoted(message: Message) -> str:
    if message.quote:
        return message.quote.text
    return _words(message.reply_to_message) if message.reply_to_message else ""


def _pictures(message: Message) -> Iterable[Part]:
    """A photo comes in several sizes; stickers that move are told by their emoji."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        yield Media(MediaType.IMAGE, mime="image/jpeg", size=largest.file_size or 0, ref=largest.file_id)
    sticker = message.sticker
    if sticker and (sticker.is_animated or sticker.is_video):
        yield Text(sticker.emoji or "[sticker]")
    elif sticker:
        yield Media(MediaType.IMAGE, mime="image/webp", size=sticker.file_size or 0, ref=sticker.file_id)


def _files(message: Message) -> Sequence[Part]:
    for field, type, mime in MEDIA:
        file = getattr(message, field)
        if file is not None:
            name, named = getattr(file, "file_name", None) or "", getattr(file, "mime_type", None) or mime
            return [Media(type, name=name, mime=named, size=file.file_size or 0, ref=file.file_id)]
    return []


def _place(message: Message) -> Iterable[Part]:
    venue = message.venue
    place = venue.location if venue else message.location
    if place:
        label = f"{venue.title}, {venue.address}" if venue else ""
        yield Location(place.latitude, place.longitude, label)


def _card(message: Message) -> Iterable[Part]:
    """Somebody's name and number, which need not be the sender's."""
    card = message.contact
    if card:
        names = filter(None, (card.first_name, card.last_name, card.phone_number))
        yield Text(" ".join(names))
