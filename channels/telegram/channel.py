"""Telegram: a bot and its private chats, by webhook or by polling.

Protocol: core.telegram.org/bots/api. aiogram takes seconds and 127 MB to import, so only whoever has a bot does.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Self

import orjson

from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    Ear,
    MediaLimit,
    Outgoing,
    Parsed,
    Rate,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
)
from channels.planning import plan
from channels.telegram.config import UPDATE, InDoubt, Mode, TelegramConfig
from conversations.address import Address, address_value
from conversations.errors import InboundError, Misconfigured, NotSendable, SignatureInvalid
from conversations.ids import AccountId
from conversations.inbound import ReceiptStatus
from conversations.parts import Media, MediaType, Menu, Part

if TYPE_CHECKING:
    from aiogram.types import WebhookInfo

MEGABYTE = 1024 * 1024

LONGEST_DATA = 64
"""Bytes of a button's `callback_data`."""

CAPABILITIES = Capabilities(
    text_limit=4096,
    text_unit=TextUnit.UTF16,
    media={
        MediaType.IMAGE: MediaLimit(frozenset(("image/jpeg", "image/png", "image/webp", "image/gif")), 10 * MEGABYTE),
        MediaType.VOICE: MediaLimit(frozenset(("audio/ogg", "audio/mpeg", "audio/mp4")), 50 * MEGABYTE),
        MediaType.VIDEO: MediaLimit(frozenset(("video/mp4",)), 50 * MEGABYTE),
        MediaType.FILE: MediaLimit(frozenset(), 50 * MEGABYTE),
    },
    menus=True,
    locations=True,
    rates=(Rate(parts=30, within=timedelta(seconds=1)),),
    receipts=frozenset((ReceiptStatus.ACCEPTED,)),
)

WITHOUT_MENUS = replace(CAPABILITIES, menus=False)


class TelegramChannel:
    """One bot."""

    kind: ClassVar[str] = "telegram"
    title: ClassVar[str] = "Telegram"
    Config: ClassVar[type[object]] = TelegramConfig
    listens_everywhere: ClassVar[bool] = False

    def __init__(self, account: AccountId, config: TelegramConfig, around: Surroundings) -> None:
        from channels.telegram.api import TelegramApi

        self._account = account
        self._config = config
        self._around = around
        self._api = TelegramApi(config, around)
        self._polls = config.mode == Mode.POLLING
        self._capabilities = replace(CAPABILITIES, resend_is_safe=config.in_doubt == InDoubt.AGAIN)

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(account, read_config(TelegramConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """The same for every bot, but for what is done in doubt."""
        return self._capabilities

    def verify(self, request: WebhookRequest) -> None:
        """Compare the secret that Telegram was given with the webhook; what we fetched ourselves needs no proof."""
        if request.method == UPDATE:
            return
        claimed = request.headers.get("x-telegram-bot-api-secret-token", "")
        if self._polls or not hmac.compare_digest(claimed.encode(), self._config.webhook_secret.encode()):
            raise SignatureInvalid

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read an update. The answer to a tap is itself a call, which ends the waiting of the customer's button."""
        from channels.telegram.inbound import question_to_answer, read_body

        events = read_body(self._account, request.body, request.received_at)
        question = question_to_answer(request.body)
        return Parsed(events, _answer_tap(question) if question else WebhookReply())

    def refuse(self, error: InboundError) -> WebhookReply:
        """Telegram repeats what is not answered by a 2xx, for a while."""
        return WebhookReply(status=401 if isinstance(error, SignatureInvalid) else 400)

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Split and downgrade so that each part fits."""
        return tuple(fitting for part in plan(parts, CAPABILITIES) for fitting in _with_room_for_data(part))

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Send one message. Telegram recognises no repetition."""
        from channels.telegram.outbound import sending

        self.plan((outgoing.part,))
        content = await self._content(outgoing.part)
        sent = await self._api.call(sending(address_value(outgoing.address), outgoing.part, content))
        return Accepted(str(sent.message_id))

    async def fetch_media(self, media: Media) -> Media:
        """Download a customer's file, up to 20 MB."""
        name, content = await self._api.download(media.ref)
        return replace(media, content=content, size=len(content), name=media.name or name)

    async def check(self) -> None:
        """Try the token, and whether the updates come to this account."""
        await self._api.check()
        found = await self._api.webhook()
        if problem := self._problem_of_polling(found) if self._polls else self._problem_of_webhook(found):
            raise Misconfigured(problem)

    async def tell_typing(self, address: Address) -> None:
        """Show that the bot is typing, for five seconds or until it writes."""
        await self._api.show_typing(address_value(address))

    async def listen(self, ear: Ear) -> None:
        """Fetch updates, if that is how they come."""
        if self._polls:
            from channels.telegram.polling import poll

            await poll(self._api, ear, self._around.clock)

    async def _content(self, part: Part) -> bytes:
        if not isinstance(part, Media):
            return b""
        try:
            return await self._around.files.load(part.digest)
        except FileNotFoundError:
            raise NotSendable("The file is no longer stored.") from None

    def _problem_of_polling(self, found: "WebhookInfo") -> str:
        if not found.url:
            return ""
        return "Telegram calls a webhook, so there is nothing to poll: call deleteWebhook, or set mode to webhook"

    def _problem_of_webhook(self, found: "WebhookInfo") -> str:
        if not found.url:
            return "Telegram knows no webhook: call setWebhook with this account's callback address and secret_token"
        if not found.url.endswith(f"/webhooks/{self._account}"):
            return "Telegram calls another webhook: call setWebhook with this account's callback address"
        if found.pending_update_count and found.last_error_message:
            return f"Telegram's calls come to nothing ({found.last_error_message}): compare address and secret_token"
        return ""


def _with_room_for_data(part: Part) -> tuple[Part, ...]:
    """The part, or numbered words in place of a menu whose ids a button cannot hold."""
    if isinstance(part, Menu) and any(len(option.id.encode()) > LONGEST_DATA for option in part.options):
        return plan((part,), WITHOUT_MENUS)
    return (part,)


def _answer_tap(question: str) -> WebhookReply:
    call = {"method": "answerCallbackQuery", "callback_query_id": question}
    return WebhookReply(body=orjson.dumps(call), content_type="application/json")
