"""WeChat Official Accounts (公众号, service account): customer-service messages both ways.

Protocol: developers.weixin.qq.com, 接收普通消息, 接收事件推送, 客服消息, 临时素材.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self

from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    MediaLimit,
    Outgoing,
    Parsed,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
)
from channels.planning import plan
from channels.wechat.api import WeChatApi
from channels.wechat.config import WeChatConfig
from channels.wechat.crypto import Envelope
from channels.wechat.inbound import read_event
from conversations.address import address_value
from conversations.errors import InboundError, NotSendable, SignatureInvalid
from conversations.ids import AccountId
from conversations.inbound import ReceiptStatus
from conversations.parts import Media, MediaType, Menu, Part, Text

MEGABYTE = 1024 * 1024

FILE_NAMES = {
    "image/jpeg": "image.jpg",
    "image/png": "image.png",
    "image/gif": "image.gif",
    "image/bmp": "image.bmp",
    "audio/amr": "voice.amr",
    "audio/mpeg": "voice.mp3",
}
"""WeChat goes by the suffix and cannot read names in Chinese; customers never see them."""

CAPABILITIES = Capabilities(
    text_limit=2048,
    text_unit=TextUnit.BYTES,
    media={
        MediaType.IMAGE: MediaLimit(frozenset(("image/jpeg", "image/png", "image/gif", "image/bmp")), 10 * MEGABYTE),
        MediaType.VOICE: MediaLimit(frozenset(("audio/amr", "audio/mpeg")), 2 * MEGABYTE),
    },
    menus=True,
    receipts=frozenset((ReceiptStatus.ACCEPTED,)),
)


class WeChatChannel:
    """One Official Account."""

    kind: ClassVar[str] = "wechat"
    title: ClassVar[str] = "WeChat 微信公众号"
    Config: ClassVar[type[object]] = WeChatConfig

    def __init__(self, account: AccountId, config: WeChatConfig, around: Surroundings) -> None:
        self._account = account
        self._envelope = Envelope(config)
        self._api = WeChatApi(account, config, around)
        self._files = around.files

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(account, read_config(WeChatConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """The same for every service account."""
        return CAPABILITIES

    def verify(self, request: WebhookRequest) -> None:
        """Check WeChat's signature, of the content too where it is encrypted."""
        self._envelope.verify(request)

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read a message or event; a GET is WeChat's test of the address, answered with its `echostr`."""
        if request.method == "GET":
            return Parsed((), WebhookReply(body=request.query.get("echostr", "").encode()))
        document = self._envelope.open(request)
        return Parsed((read_event(self._account, document),), WebhookReply(body=b"success"))

    def refuse(self, error: InboundError) -> WebhookReply:
        """Anything but HTTP 200 makes WeChat deliver again, up to three times."""
        return WebhookReply(status=403 if isinstance(error, SignatureInvalid) else 400)

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Split and downgrade so that each part fits."""
        return plan(parts, CAPABILITIES)

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Send one customer-service message. WeChat gives it no name, so no receipt can ever be matched to it."""
        content = await self._content(outgoing.part)
        await self._api.send({"touser": address_value(outgoing.address), **content})
        return Accepted("")

    async def fetch_media(self, media: Media) -> Media:
        """Download a customer's file; WeChat keeps it for 3 days."""
        file = await self._api.download(media.ref)
        return replace(
            media, content=file.content, size=len(file.content), mime=file.mime, name=media.name or file.name
        )

    async def check(self) -> None:
        """Try AppID, AppSecret and the list of IP addresses by asking for a token."""
        await self._api.check()

    async def _content(self, part: Part) -> dict[str, Any]:
        match part:
            case Text():
                return {"msgtype": "text", "text": {"content": part.text}}
            case Menu():
                return {"msgtype": "msgmenu", "msgmenu": _menu(part)}
            case Media() if part.mime in FILE_NAMES:
                media_id = await self._api.upload(part.type, FILE_NAMES[part.mime], await self._bytes(part))
                return {"msgtype": str(part.type), str(part.type): {"media_id": media_id}}
            case _:
                raise NotSendable(f"WeChat carries no {part.kind}; it should have been planned.")

    async def _bytes(self, media: Media) -> bytes:
        try:
            return await self._files.load(media.digest)
        except FileNotFoundError:
            raise NotSendable("The file is no longer stored.") from None


def _menu(menu: Menu) -> dict[str, Any]:
    options = [{"id": option.id, "content": option.label} for option in menu.options]
    return {"head_content": menu.text, "list": options, "tail_content": ""}
