"""WeChat Official Accounts (公众号, service account): messages both ways, templates, notices, answers on the spot.

Protocol: developers.weixin.qq.com, 接收普通消息, 接收事件推送, 客服消息, 模板消息, 订阅通知, 临时素材.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self

from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    MediaLimit,
    Outgoing,
    Parsed,
    Passive,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
)
from channels.planning import plan
from channels.wechat.api import WeChatApi
from channels.wechat.config import WeChatConfig
from channels.wechat.crypto import Envelope
from channels.wechat.document import News, read_news
from channels.wechat.errors import Remedy, codes_for
from channels.wechat.events import ANSWERED
from channels.wechat.inbound import events_of
from channels.wechat.outbound import FILE_NAMES, Json, media_message_of, message_of, template_message_of
from channels.wechat.passive import TRANSFER, Fields, render, reply_of
from channels.wechat.windows import WINDOWS
from conversations.address import Address, address_value
from conversations.errors import InboundError, NotSendable, Rejected, SignatureInvalid
from conversations.ids import AccountId, DeliveryId
from conversations.inbound import ReceiptStatus
from conversations.parts import Media, MediaType, Part, Template

MEGABYTE = 1024 * 1024

THUMB = (Path(__file__).parent / "thumb.jpg").read_bytes()
"""The still that WeChat wants with each video; it shows nothing of it."""

FILE_GONE = codes_for(Remedy.LEND_AGAIN)

CAPABILITIES = Capabilities(
    text_limit=2048,
    text_unit=TextUnit.BYTES,
    media={
        MediaType.IMAGE: MediaLimit(frozenset(("image/jpeg", "image/png", "image/gif", "image/bmp")), 10 * MEGABYTE),
        MediaType.VOICE: MediaLimit(frozenset(("audio/amr", "audio/mpeg")), 2 * MEGABYTE),
        MediaType.VIDEO: MediaLimit(frozenset(("video/mp4",)), 10 * MEGABYTE),
    },
    menus=True,
    links=True,
    templates=True,
    windows=WINDOWS,
    receipts=frozenset((ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED, ReceiptStatus.FAILED)),
)


class WeChatChannel:
    """One Official Account."""

    kind: ClassVar[str] = "wechat"
    title: ClassVar[str] = "WeChat 微信公众号"
    Config: ClassVar[type[object]] = WeChatConfig

    def __init__(self, account: AccountId, config: WeChatConfig, around: Surroundings) -> None:
        self.api = WeChatApi(account, config, around)
        self._account = account
        self._config = config
        self._envelope = Envelope(config)
        self._files = around.files
        self._capabilities = replace(CAPABILITIES, registered=config.registered)

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(account, read_config(WeChatConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """The same for every service account, but for its templates."""
        return self._capabilities

    def verify(self, request: WebhookRequest) -> None:
        """Check WeChat's signature, of the content too where it is encrypted."""
        self._envelope.verify(request)

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read a message or event; a GET is WeChat's test of the address, answered with its `echostr`."""
        if request.method == "GET":
            return Parsed((), WebhookReply(body=request.query.get("echostr", "").encode()))
        news = self._news(request)
        passes_on = self._config.native_transfer == "yes" and not news.is_event
        reply = self._answer(request, news, TRANSFER) if passes_on else WebhookReply(body=b"success")
        return Parsed(events_of(news), reply, None if passes_on else self._place(news))

    def passive_reply(self, request: WebhookRequest, part: Part, delivery: DeliveryId) -> WebhookReply | None:
        """The part as the answer to a message or event; None for what can only be sent."""
        reply = reply_of(part)
        return None if reply is None else self._answer(request, self._news(request), reply)

    def refuse(self, error: InboundError) -> WebhookReply:
        """Anything but HTTP 200 makes WeChat deliver again, up to three times."""
        return WebhookReply(status=403 if isinstance(error, SignatureInvalid) else 400)

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Split and downgrade so that each part fits."""
        return plan(parts, CAPABILITIES)

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Send one part. Only templates are given a name by WeChat, so that receipts can be matched to them alone."""
        match outgoing.part:
            case Template() as template:
                message = template_message_of(outgoing, template)
                return Accepted(await self.api.send_template(message, once=template.once))
            case Media() as media if media.mime in FILE_NAMES:
                await self._send_media(outgoing.address, media)
            case part:
                await self._send_message(outgoing.address, message_of(part))
        return Accepted("")

    async def tell_typing(self, address: Address) -> None:
        """Show for 15 seconds that somebody is writing."""
        await self.api.show_typing(address_value(address))

    async def fetch_media(self, media: Media) -> Media:
        """Download a customer's file; WeChat keeps it for 3 days."""
        file = await self.api.download(media.ref)
        return replace(
            media, content=file.content, size=len(file.content), mime=file.mime, name=media.name or file.name
        )

    async def check(self) -> None:
        """Try AppID, AppSecret and the list of IP addresses by asking for a token."""
        await self.api.check()

    def _news(self, request: WebhookRequest) -> News:
        return read_news(self._account, self._envelope.open(request))

    def _place(self, news: News) -> Passive | None:
        """Where a quick answer goes, if the account wants them and WeChat would show it."""
        seconds = float(self._config.passive_seconds)
        shown = not news.is_event or news.kind in ANSWERED
        return Passive(key=news.key, address=news.sender, seconds=seconds) if seconds and shown else None

    def _answer(self, request: WebhookRequest, news: News, reply: Fields) -> WebhookReply:
        """An answer in the customer's direction; with the time of their message, it is the same on a redelivery."""
        envelope = {"ToUserName": news.openid, "FromUserName": news.service, "CreateTime": int(news.at.timestamp())}
        document = render({**envelope, **reply})
        return WebhookReply(body=self._envelope.wrap(document, request), content_type="application/xml")

    async def _send_message(self, address: Address, message: Json) -> None:
        await self.api.send({"touser": address_value(address), **message})

    async def _send_media(self, address: Address, media: Media) -> None:
        """Lend WeChat the file and send it, once more if WeChat has lost it meanwhile."""
        try:
            await self._send_message(address, await self._lend(media))
        except Rejected as error:
            if error.code not in FILE_GONE:
                raise
            await self._send_message(address, await self._lend(media))

    async def _lend(self, media: Media) -> Json:
        media_id = await self.api.upload(media.type, FILE_NAMES[media.mime], await self._bytes(media))
        is_video = media.type is MediaType.VIDEO
        thumb_id = await self.api.upload("thumb", "thumb.jpg", THUMB) if is_video else ""
        return media_message_of(media, media_id, thumb_id)

    async def _bytes(self, media: Media) -> bytes:
        try:
            return await self._files.load(media.digest)
        except FileNotFoundError:
            raise NotSendable("The file is no longer stored.") from None
