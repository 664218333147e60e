"""The Bot API: aiogram writes the requests and reads the answers, and they travel over the session we are given."""

import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.methods import (
    AnswerCallbackQuery,
    GetFile,
    GetMe,
    GetWebhookInfo,
    SendChatAction,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import BufferedInputFile, TelegramObject, WebhookInfo
from yarl import URL

from channels.contract import Surroundings
from channels.http import Answer, ask, unreadable
from channels.telegram.config import TelegramConfig
from channels.telegram.errors import error_of
from conversations.errors import Rejected

MAX_FILE = 20 * 1024 * 1024
"""Bytes that `getFile` gives out (core.telegram.org/bots/api#getfile)."""


class RawUpdate(TelegramObject):
    """An update of which only the number is read: one that aiogram does not know must not hold up its page."""

    update_id: int


class GetRawUpdates(TelegramMethod[list[RawUpdate]]):
    """`getUpdates`."""

    __returning__ = list[RawUpdate]
    __api_method__ = "getUpdates"

    offset: int
    timeout: int
    allowed_updates: list[str]


REPEATABLE = (AnswerCallbackQuery, GetFile, GetMe, GetRawUpdates, GetWebhookInfo, SendChatAction)
"""Methods that do nothing twice."""


class TelegramApi:
    """One bot's calls."""

    def __init__(self, config: TelegramConfig, around: Surroundings) -> None:
        self._around = around
        self._session = GivenSession(config.api_url, around)
        self._bot = Bot(config.bot_token, session=self._session)

    async def call(self, method: TelegramMethod[TelegramType]) -> TelegramType:
        """Make one call. Raises a `SendError`."""
        return await self._bot(method)

    async def check(self) -> None:
        """Try the token."""
        await self.call(GetMe())

    async def webhook(self) -> WebhookInfo:
        """Where Telegram delivers updates to."""
        return await self.call(GetWebhookInfo())

    async def show_typing(self, chat: str) -> None:
        """Show that the bot is typing."""
        await self.call(SendChatAction(chat_id=chat, action="typing"))

    async def download(self, file_id: str) -> tuple[str, bytes]:
        """A customer's file with its name. The address is always our own server's, whatever the path is."""
        path = (await self.call(GetFile(file_id=file_id))).file_path
        if not path:
            raise Rejected("Telegram does not give this file out")
        url = URL(self._session.api.file_url(self._bot.token, path))
        answer = await ask(self._around, "GET", url, repeatable=True, max_bytes=MAX_FILE)
        if answer.status != 200:
            raise unreadable(answer, url, repeatable=True)
        return path.rpartition("/")[2], answer.body


class GivenSession(BaseSession):
    """aiogram's session, without a connection of its own."""

    def __init__(self, api_url: str, around: Surroundings) -> None:
        super().__init__(api=TelegramAPIServer.from_base(api_url), json_loads=orjson.loads)
        self._around = around

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """Make one request. aiogram's errors become ours, without the address, since the token is in it."""
        url = URL(self.api.api_url(bot.token, method.__api_method__))
        repeatable = isinstance(method, REPEATABLE)
        form = self._form(bot, method)
        answer = await ask(self._around, "POST", url, repeatable=repeatable, data=form, pause=_pause)
        result = self._result(bot, method, answer)
        if result is None:
            raise unreadable(answer, url, repeatable=repeatable)
        return result

    async def close(self) -> None:
        """The session belongs to somebody else."""

    def stream_content(self, *arguments: Any, **options: Any) -> AsyncGenerator[bytes, None]:
        """Files are fetched with `TelegramApi.download`, which counts their bytes."""
        raise NotImplementedError

    def _result(self, bot: Bot, method: TelegramMethod[TelegramType], answer: Answer) -> TelegramType | None:
        try:
            return self.check_response(bot, method, answer.status, answer.body.decode(errors="replace")).result
        except ClientDecodeError:
            return None
        except TelegramAPIError as error:
            raise error_of(error) from None

    def _form(self, bot: Bot, method: TelegramMethod[TelegramType]) -> aiohttp.FormData:
        form = aiohttp.FormData(quote_fields=False)
        files: dict[str, BufferedInputFile] = {}
        for name, value in method.model_dump(warnings=False).items():
            prepared = self.prepare_value(value, bot=bot, files=files)
            if prepared is not None:
                form.add_field(name, prepared)
        for name, file in files.items():
            form.add_field(name, file.data, filename=_one_line(file.filename or name))
        return form


def _pause(answer: Answer) -> timedelta | None:
    """`retry_after`, which Telegram writes into the body (core.telegram.org/bots/api#responseparameters)."""
    parameters = (answer.json() or {}).get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return timedelta(seconds=min(seconds, 24 * 3600)) if isinstance(seconds, int) else None


def _one_line(name: str) -> str:
    """Telegram wants names unquoted, so nothing in them may end the header."""
    return re.sub(r"[\x00-\x1f\x7f]", "", name)
