"""Parts as methods of the Bot API. Texts are sent as they are, without a parse mode: nothing in them is markup."""

from collections.abc import Callable, Mapping

from aiogram.methods import (
    SendAnimation,
    SendDocument,
    SendLocation,
    SendMessage,
    SendPhoto,
    SendVenue,
    SendVideo,
    SendVoice,
    TelegramMethod,
)
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, Message

from conversations.errors import NotSendable
from conversations.parts import Location, Media, MediaType, Menu, Part, Text

Sending = TelegramMethod[Message]

GIF = "image/gif"
"""Sent as a photo it would stand still."""

_MEDIA: Mapping[MediaType, Callable[[str, BufferedInputFile], Sending]] = {
    MediaType.IMAGE: lambda chat, file: SendPhoto(chat_id=chat, photo=file),
    MediaType.VOICE: lambda chat, file: SendVoice(chat_id=chat, voice=file),
    MediaType.VIDEO: lambda chat, file: SendVideo(chat_id=chat, video=file),
    MediaType.FILE: lambda chat, file: SendDocument(chat_id=chat, document=file),
}


def sending(chat: str, part: Part, content: bytes) -> Sending:
    """The call that sends one planned part; `content` are the bytes of a file."""
    match part:
        case Text():
            return SendMessage(chat_id=chat, text=part.text)
        case Menu():
            return SendMessage(chat_id=chat, text=part.text, reply_markup=_keyboard(part))
        case Location() if part.label:
            place = f"{part.latitude}, {part.longitude}"
            return SendVenue(
                chat_id=chat, latitude=part.latitude, longitude=part.longitude, title=part.label, address=place
            )
        case Location():
            return SendLocation(chat_id=chat, latitude=part.latitude, longitude=part.longitude)
        case Media():
            return _file(chat, part, BufferedInputFile(content, part.name or str(part.type)))
        case _:
            raise NotSendable(f"Telegram carries no {part.kind}; it should have been planned.")


def _file(chat: str, media: Media, file: BufferedInputFile) -> Sending:
    if media.mime == GIF:
        return SendAnimation(chat_id=chat, animation=file)
    return _MEDIA[media.type](chat, file)


def _keyboard(menu: Menu) -> InlineKeyboardMarkup:
    rows = [[InlineKeyboardButton(text=option.label, callback_data=option.id)] for option in menu.options]
    return InlineKeyboardMarkup(inline_keyboard=rows)
