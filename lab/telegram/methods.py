"""The Bot API's methods: what each takes, refuses and does. https://core.telegram.org/bots/api#available-methods"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from lab.books import Customer, Heard, Option
from lab.media import MediaGone, sniff
from lab.telegram.bots import DEFAULT_KINDS, Bot, Chats, Hook, Json, TelegramRefuses, chat_of, with_user_id
from lab.world import World

MEGABYTE = 1024 * 1024
TEXT_UNITS, CAPTION_UNITS = 4096, 1024
DATA_BYTES = 64
MOST_BUTTONS = 100
PHOTO_BYTES, FILE_BYTES, DOWNLOAD_BYTES = 10 * MEGABYTE, 50 * MEGABYTE, 20 * MEGABYTE
MOST_UPDATES, LONGEST_POLL = 100, 50
ACTIONS = frozenset(("typing", "upload_photo", "record_voice", "upload_voice", "upload_document", "find_location"))

FILES: Mapping[str, str] = {
    "sendphoto": "photo",
    "senddocument": "document",
    "sendvoice": "voice",
    "sendvideo": "video",
    "sendanimation": "animation",
}
"""Methods that send a file, and the parameter it is in."""


@dataclass(frozen=True)
class Upload:
    """A file in a form."""

    name: str
    content: bytes


Asked = Mapping[str, Any]
"""The parameters of a call: texts from forms and queries, anything from JSON, and uploads."""

Method = Callable[[Bot, Chats, Asked], Awaitable[object]]


class Methods:
    """All methods the lab knows, by their name in small letters."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: Mapping[str, Method] = {
            "getme": _get_me,
            "getupdates": _get_updates,
            "setwebhook": _set_webhook,
            "deletewebhook": _delete_webhook,
            "getwebhookinfo": _get_webhook_info,
            "answercallbackquery": _answer_callback_query,
            "sendmessage": self._send_message,
            "sendlocation": self._send_location,
            "sendvenue": self._send_venue,
            "sendchataction": self._send_chat_action,
            "getfile": self._get_file,
            **{name: self._sender_of(field) for name, field in FILES.items()},
        }

    async def call(self, name: str, bot: Bot, chats: Chats, asked: Asked) -> object:
        """The result of a call; raises TelegramRefuses."""
        method = self._known.get(name.lower())
        if method is None:
            raise TelegramRefuses(404, "Not Found")
        return await method(bot, chats, asked)

    async def _send_message(self, bot: Bot, chats: Chats, asked: Asked) -> Json:
        customer = self._customer(bot, chats, asked)
        text = _text(asked, "text")
        if not text.strip():
            raise TelegramRefuses(400, "Bad Request: message text is empty")
        if _units(text) > TEXT_UNITS:
            raise TelegramRefuses(400, "Bad Request: message is too long")
        options = _options(asked)
        content = {"text": text, **({"reply_markup": keyboard(options)} if options else {})}
        return self._hear(bot, customer, content, kind="text", text=text, options=options)

    async def _send_location(self, bot: Bot, chats: Chats, asked: Asked) -> Json:
        customer = self._customer(bot, chats, asked)
        place = _place(asked)
        words = f"{place['latitude']}, {place['longitude']}"
        return self._hear(bot, customer, {"location": place}, kind="location", text=words)

    async def _send_venue(self, bot: Bot, chats: Chats, asked: Asked) -> Json:
        customer = self._customer(bot, chats, asked)
        title, address = _text(asked, "title"), _text(asked, "address")
        if not title or not address:
            raise TelegramRefuses(400, "Bad Request: title and address of a venue must be non-empty")
        place = _place(asked)
        venue = {"location": place, "title": title, "address": address}
        return self._hear(bot, customer, {"location": place, "venue": venue}, kind="location", text=title)

    async def _send_chat_action(self, bot: Bot, chats: Chats, asked: Asked) -> bool:
        self._customer(bot, chats, asked)
        if _text(asked, "action") not in ACTIONS:
            raise TelegramRefuses(400, "Bad Request: wrong parameter action in request")
        return True

    async def _get_file(self, bot: Bot, _chats: Chats, asked: Asked) -> Json:
        id = _text(asked, "file_id")
        content = self._kept(bot, id)
        if len(content) > DOWNLOAD_BYTES:
            raise TelegramRefuses(400, "Bad Request: file is too big")
        return {"file_id": id, "file_unique_id": id[-12:], "file_size": len(content), "file_path": f"files/{id}"}

    def _sender_of(self, field: str) -> Method:
        async def send(bot: Bot, chats: Chats, asked: Asked) -> Json:
            customer = self._customer(bot, chats, asked)
            caption = _text(asked, "caption")
            if _units(caption) > CAPTION_UNITS:
                raise TelegramRefuses(400, "Bad Request: message caption is too long")
            name, content = self._file(bot, asked, field)
            _check_size(field, content)
            medium = self._world.media.keep(bot.account.id, content)
            told = {field: _told_file(field, medium.id, name, content), **({"caption": caption} if caption else {})}
            kind = "image" if field == "photo" else field
            return self._hear(bot, customer, told, kind=kind, text=caption or name, medium=medium.id)

        return send

    def _file(self, bot: Bot, asked: Asked, field: str) -> tuple[str, bytes]:
        """A file in the form, under its own name or one it refers to, or one that Telegram has already."""
        given = asked.get(field)
        if isinstance(given, str) and given.startswith("attach://"):
            given = asked.get(given.removeprefix("attach://"))
        if isinstance(given, Upload):
            return given.name, given.content
        if not isinstance(given, str) or not given:
            raise TelegramRefuses(400, f"Bad Request: there is no {field} in the request")
        return "", self._kept(bot, given)

    def _kept(self, bot: Bot, id: str) -> bytes:
        try:
            return self._world.media.content(self._world.media.find(id, bot.account.id))
        except MediaGone:
            raise TelegramRefuses(400, "Bad Request: wrong file_id or the file is temporarily unavailable") from None

    def _customer(self, bot: Bot, chats: Chats, asked: Asked) -> Customer:
        customer = with_user_id(self._world.people, _text(asked, "chat_id"))
        chats.check(bot.account.id, customer.name)
        if _text(asked, "parse_mode"):
            raise TelegramRefuses(400, "Bad Request: unsupported parse_mode")
        return customer

    def _hear(self, bot: Bot, customer: Customer, content: Json, **heard: Any) -> Json:
        number, now = bot.number(), self._world.clock()
        self._world.books.write(
            Heard(
                id=f"{bot.account.id}-{number}",
                at=now,
                account=bot.account.id,
                customer=customer.name,
                key=str(number),
                **heard,
            )
        )
        date = int(now.timestamp())
        return {"message_id": number, "from": bot.user, "chat": chat_of(customer), "date": date, **content}


async def _get_me(bot: Bot, _chats: Chats, _asked: Asked) -> Json:
    return {
        **bot.user,
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


async def _get_updates(bot: Bot, _chats: Chats, asked: Asked) -> list[Json]:
    _allow(bot, asked)
    limit = max(1, min(_number(asked, "limit", MOST_UPDATES), MOST_UPDATES))
    return await bot.poll(_number(asked, "offset", 0), limit, min(_number(asked, "timeout", 0), LONGEST_POLL))


async def _set_webhook(bot: Bot, _chats: Chats, asked: Asked) -> bool:
    secret = _text(asked, "secret_token")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise TelegramRefuses(400, "Bad Request: secret token contains unallowed characters")
    _allow(bot, asked)
    _drop(bot, asked)
    url = _text(asked, "url")
    bot.hook = Hook(url=url, secret=secret) if url else None
    return True


async def _delete_webhook(bot: Bot, _chats: Chats, asked: Asked) -> bool:
    _drop(bot, asked)
    bot.hook = None
    return True


async def _get_webhook_info(bot: Bot, _chats: Chats, _asked: Asked) -> Json:
    url = bot.hook.url if bot.hook else ""
    return {"url": url, "has_custom_certificate": False, "pending_update_count": bot.waiting, **bot.trouble}


async def _answer_callback_query(bot: Bot, _chats: Chats, asked: Asked) -> bool:
    question = _text(asked, "callback_query_id")
    if question not in bot.questions:
        raise TelegramRefuses(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    bot.questions.remove(question)
    return True


def keyboard(options: tuple[Option, ...]) -> Json:
    """Buttons below a message, one in each row."""
    return {"inline_keyboard": [[{"text": option.label, "callback_data": option.id}] for option in options]}


def _options(asked: Asked) -> tuple[Option, ...]:
    markup = _json(asked, "reply_markup") or {}
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise TelegramRefuses(400, "Bad Request: object expected as reply markup")
    options = tuple(_option(button) for row in rows for button in row)
    if len(options) > MOST_BUTTONS:
        raise TelegramRefuses(400, "Bad Request: reply markup is too long")
    return options


def _option(button: Any) -> Option:
    if not isinstance(button, dict) or not button.get("text"):
        raise TelegramRefuses(400, "Bad Request: can't parse inline keyboard button: text must be non-empty")
    data = button.get("callback_data")
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= DATA_BYTES:
        raise TelegramRefuses(400, "Bad Request: BUTTON_DATA_INVALID")
    return Option(id=data, label=str(button["text"]))


def _place(asked: Asked) -> Json:
    try:
        latitude, longitude = float(asked.get("latitude", "")), float(asked.get("longitude", ""))
    except (TypeError, ValueError):
        raise TelegramRefuses(400, "Bad Request: latitude and longitude must be numbers") from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise TelegramRefuses(400, "Bad Request: wrong latitude or longitude")
    return {"latitude": latitude, "longitude": longitude}


def _check_size(field: str, content: bytes) -> None:
    if not content:
        raise TelegramRefuses(400, "Bad Request: file must be non-empty")
    if len(content) > (PHOTO_BYTES if field == "photo" else FILE_BYTES):
        raise TelegramRefuses(413, "Request Entity Too Large")
    if field == "photo" and not sniff(content):
        raise TelegramRefuses(400, "Bad Request: IMAGE_PROCESS_FAILED")


def _told_file(field: str, id: str, name: str, content: bytes) -> object:
    file = {"file_id": id, "file_unique_id": id[-12:], "file_size": len(content)}
    if field == "photo":
        return [{**file, "width": 640, "height": 480}]
    if field == "document":
        return {**file, "file_name": name}
    return {**file, "duration": 1, **({} if field == "voice" else {"width": 640, "height": 480})}


def _allow(bot: Bot, asked: Asked) -> None:
    """An empty list stands for the default; without one the last choice stays."""
    wanted = _json(asked, "allowed_updates")
    if isinstance(wanted, list):
        bot.kinds = frozenset(map(str, wanted)) or DEFAULT_KINDS


def _drop(bot: Bot, asked: Asked) -> None:
    if str(asked.get("drop_pending_updates", "")).lower() == "true":
        bot.drop()


def _json(asked: Asked, name: str) -> Any:
    """A parameter that is JSON, in forms written as text."""
    value = asked.get(name)
    try:
        return orjson.loads(value) if isinstance(value, str) and value else value
    except orjson.JSONDecodeError:
        raise TelegramRefuses(400, f"Bad Request: can't parse {name} JSON object") from None


def _number(asked: Asked, name: str, default: int) -> int:
    try:
        return int(asked.get(name, default))
    except (TypeError, ValueError):
        raise TelegramRefuses(400, f"Bad Request: {name} must be a number") from None


def _text(asked: Asked, name: str) -> str:
    value = asked.get(name, "")
    return str(value) if isinstance(value, str | int) else ""


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
