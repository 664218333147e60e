"""Asking Telegram for updates. An album comes as an update for each of its pictures; what belongs together is joined.

Telegram forgets updates only when a later `offset` is asked for, so nothing is lost before it is committed, and a page
can be looked at twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson
from aiogram.methods import AnswerCallbackQuery

from channels.contract import Ear, WebhookRequest
from channels.telegram.api import GetRawUpdates, TelegramApi
from channels.telegram.config import UPDATE
from channels.telegram.inbound import READERS, question_to_answer
from conversations.clock import Clock
from conversations.errors import SendError

LONG_POLL = 8
"""Seconds in which Telegram may wait for news: less than `channels.http.PATIENCE` waits for Telegram."""

ALBUM_PAUSE = 1.0
"""Seconds after which the rest of an album is there."""

Update = dict[str, Any]


async def poll(api: TelegramApi, ear: Ear, clock: Clock) -> None:
    """Hand over updates for ever; the next page is asked for, and so this one forgotten, once it is committed."""
    while True:
        page = await _page(lambda offset, seconds: _updates(api, offset, seconds), ear)
        if page:
            requests = [_request(group, clock()) for group in together(page)]
            await ear.take(requests, str(max(update["update_id"] for update in page) + 1))
            await _answer_taps(api, requests)


def together(page: Sequence[Update]) -> list[list[Update]]:
    """The updates of each album as one group, all others alone, in the order in which they begin."""
    groups: dict[object, list[Update]] = {}
    for update in page:
        groups.setdefault(_album(update) or update["update_id"], []).append(update)
    return list(groups.values())


async def _page(ask: Callable[[int, int], Awaitable[list[Update]]], ear: Ear) -> list[Update]:
    """The next updates. An album at hand is given time until it does not grow any more."""
    offset = int(await ear.cursor() or 0)
    page = await ask(offset, LONG_POLL)
    while any(map(_album, page)):
        await ear.wait(ALBUM_PAUSE)
        longer = await ask(offset, 0)
        if len(longer) <= len(page):
            break
        page = longer
    return page


async def _updates(api: TelegramApi, offset: int, seconds: int) -> list[Update]:
    wanted = GetRawUpdates(offset=offset, timeout=seconds, allowed_updates=list(READERS))
    return [update.model_dump() for update in await api.call(wanted)]


async def _answer_taps(api: TelegramApi, requests: Sequence[WebhookRequest]) -> None:
    for question in filter(None, (question_to_answer(request.body) for request in requests)):
        # The choice is committed; at worst the button goes on shining for a while.
        with suppress(SendError):
            await api.call(AnswerCallbackQuery(callback_query_id=question))


def _request(updates: list[Update], now: datetime) -> WebhookRequest:
    body = orjson.dumps(updates if len(updates) > 1 else updates[0])
    return WebhookRequest(method=UPDATE, url="telegram:getUpdates", body=body, received_at=now)


def _album(update: Update) -> tuple[object, object] | None:
    """What names the album that an update belongs to."""
    message = update.get("message")
    if not isinstance(message, dict) or "media_group_id" not in message:
        return None
    return message["media_group_id"], str(message.get("chat"))
