"""Asking Telegram for updates.

Telegram forgets updates only when a later `offset` is asked for, so nothing is lost before it is committed.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import orjson
from aiogram.methods import AnswerCallbackQuery

from channels.contract import Ear, WebhookRequest
from channels.telegram.api import GetRawUpdates, RawUpdate, TelegramApi
from channels.telegram.config import UPDATE
from channels.telegram.inbound import READERS, question_to_answer
from conversations.clock import Clock
from conversations.errors import SendError

LONG_POLL = 8
"""Seconds in which Telegram may wait for news: less than `channels.http.PATIENCE` waits for Telegram."""

WANTED = list(READERS)


async def poll(api: TelegramApi, ear: Ear, clock: Clock) -> None:
    """Hand over updates for ever; the next page is asked for, and so this one forgotten, once it is committed."""
    while True:
        page = await api.call(
            GetRawUpdates(offset=int(await ear.cursor() or 0), timeout=LONG_POLL, allowed_updates=WANTED)
        )
        if page:
            requests = [_request(update, clock()) for update in page]
            await ear.take(requests, str(max(update.update_id for update in page) + 1))
            await _answer_taps(api, requests)


async def _answer_taps(api: TelegramApi, requests: Sequence[WebhookRequest]) -> None:
    for question in filter(None, (question_to_answer(request.body) for request in requests)):
        # The choice is committed; at worst the button goes on shining for a while.
        with suppress(SendError):
            await api.call(AnswerCallbackQuery(callback_query_id=question))


def _request(update: RawUpdate, now: datetime) -> WebhookRequest:
    body = orjson.dumps(update.model_dump())
    return WebhookRequest(method=UPDATE, url="telegram:getUpdates", body=body, received_at=now)
