"""WeChat customer service by WeCom (微信客服): anybody in WeChat may write to a company without following it.

Protocol: developer.work.weixin.qq.com/document/path/94670 (接收消息和事件), 94677 (发送消息), 94669 (分配客服会话).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from channels.config import read_config
from channels.contract import (
    Accepted,
    Capabilities,
    Ear,
    MediaLimit,
    Outgoing,
    Parsed,
    Surroundings,
    TextUnit,
    WebhookReply,
    WebhookRequest,
    Window,
)
from channels.planning import plan, split_text
from channels.wecom.api import PAGE, WeComApi
from channels.wecom.callback import Callback
from channels.wecom.config import MOST_TEXT, WeComConfig
from channels.wecom.inbound import WINDOW, read_page
from channels.wecom.listening import Listening
from conversations.address import address_value
from conversations.errors import InboundError, Misconfigured, NotSendable, SignatureInvalid
from conversations.ids import AccountId
from conversations.inbound import ReceiptStatus
from conversations.parts import Link, Location, Media, MediaType, Menu, Part, Text

MEGABYTE = 1024 * 1024

MOST_HEAD = 1024
"""Bytes of the words above a menu."""

CAPABILITIES = Capabilities(
    text_limit=MOST_TEXT,
    text_unit=TextUnit.BYTES,
    media={
        MediaType.IMAGE: MediaLimit(frozenset(("image/jpeg", "image/png")), 10 * MEGABYTE),
        MediaType.VOICE: MediaLimit(frozenset(("audio/amr",)), 2 * MEGABYTE),
        MediaType.VIDEO: MediaLimit(frozenset(("video/mp4",)), 10 * MEGABYTE),
        MediaType.FILE: MediaLimit(frozenset(), 20 * MEGABYTE),
    },
    menus=True,
    menu_options=10,
    # An option has 128 bytes, a character up to 4.
    option_length=32,
    links=True,
    locations=True,
    windows=(Window(name=WINDOW, messages=5, lasts=timedelta(hours=48)),),
    receipts=frozenset((ReceiptStatus.ACCEPTED, ReceiptStatus.FAILED)),
    # WeCom refuses a msgid that it has seen, and ours is that of the delivery.
    resend_is_safe=True,
)

FILE_NAMES = {
    "image/jpeg": "image.jpg",
    "image/png": "image.png",
    "audio/amr": "voice.amr",
    "video/mp4": "video.mp4",
}
"""WeCom goes by the suffix. Customers see the names of files alone, which keep theirs."""

THUMBNAIL = (Path(__file__).parent / "link.png").read_bytes()
"""WeCom takes no link without a picture."""


class WeComChannel:
    """One customer-service account."""

    kind: ClassVar[str] = "wecom"
    title: ClassVar[str] = "WeCom 微信客服"
    Config: ClassVar[type[object]] = WeComConfig
    listens_everywhere: ClassVar[bool] = False

    def __init__(self, account: AccountId, config: WeComConfig, around: Surroundings) -> None:
        self._account = account
        self._config = config
        self._callback = Callback(config)
        self._api = WeComApi(account, config, around)
        self._around = around

    @classmethod
    def create(cls, account: AccountId, settings: Mapping[str, str], around: Surroundings) -> Self:
        """Make the channel of one account. Raises `ConfigInvalid`."""
        return cls(account, read_config(WeComConfig, settings), around)

    @property
    def capabilities(self) -> Capabilities:
        """The same for every account."""
        return CAPABILITIES

    def verify(self, request: WebhookRequest) -> None:
        """Check WeCom's signature; a page was fetched by ourselves, and no web server hands on such a method."""
        if request.method != PAGE:
            self._callback.verify(request)

    def parse(self, request: WebhookRequest) -> Parsed:
        """Read a page of news, or a callback that says that there are some."""
        if request.method == PAGE:
            return Parsed(read_page(self._account, request.body, request.received_at))
        return self._callback.parse(request)

    def refuse(self, error: InboundError) -> WebhookReply:
        """Anything but HTTP 200 makes WeCom call again, up to three times."""
        return WebhookReply(status=403 if isinstance(error, SignatureInvalid) else 400)

    async def listen(self, ear: Ear) -> None:
        """Fetch the news, whenever a callback says that there are some, and now and then without."""
        await Listening(ear, self._api, self._config, self._around.clock).go_on()

    def plan(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Split and downgrade so that each part fits; above a menu fewer words fit than into a text."""
        return tuple(fitting for part in plan(parts, CAPABILITIES) for fitting in _with_short_head(part))

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Send one message under the delivery's own id, by which WeCom reports a failure later."""
        message = {
            "touser": address_value(outgoing.address),
            "open_kfid": self._config.open_kfid,
            "msgid": outgoing.delivery,
            **await self._content(outgoing.part),
        }
        await self._api.send(message)
        return Accepted(outgoing.delivery)

    async def fetch_media(self, media: Media) -> Media:
        """Download a customer's file; WeCom keeps it for 3 days."""
        file = await self._api.download(media.ref)
        mime = media.mime if file.mime == "application/octet-stream" and media.mime else file.mime
        return replace(media, content=file.content, size=len(file.content), mime=mime, name=media.name or file.name)

    async def check(self) -> None:
        """Try CorpID, Secret and the list of IP addresses, and whether the app may serve the account."""
        await self._api.borrow_token()
        if not await self._api.manages(self._config.open_kfid):
            where = "管理后台 → 应用管理 → 微信客服 → 通过API管理微信客服账号"
            raise Misconfigured(f"The app may not serve {self._config.open_kfid}; choose that account under {where}.")

    async def _content(self, part: Part) -> dict[str, Any]:
        match part:
            case Text():
                return _typed("text", {"content": part.text})
            case Menu():
                return _typed("msgmenu", _menu(part))
            case Location():
                place = {"latitude": part.latitude, "longitude": part.longitude}
                return _typed("location", {"name": part.label, "address": part.label, **place})
            case Link():
                thumbnail = await self._api.upload("image", "link.png", THUMBNAIL)
                words = {"title": part.title or part.url, "desc": part.description, "url": part.url}
                return _typed("link", {**words, "thumb_media_id": thumbnail})
            case Media():
                media_id = await self._api.upload(part.type, _file_name(part), await self._bytes(part))
                return _typed(str(part.type), {"media_id": media_id})
            case _:
                raise NotSendable(f"WeCom carries no {part.kind}; it should have been planned.")

    async def _bytes(self, media: Media) -> bytes:
        try:
            return await self._around.files.load(media.digest)
        except FileNotFoundError:
            raise NotSendable("The file is no longer stored.") from None


def _typed(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"msgtype": kind, kind: content}


def _file_name(media: Media) -> str:
    return media.name if media.type is MediaType.FILE and media.name else FILE_NAMES.get(media.mime, "file")


def _menu(menu: Menu) -> dict[str, Any]:
    options = [{"type": "click", "click": {"id": option.id, "content": option.label}} for option in menu.options]
    return {"head_content": menu.text, "list": options}


def _with_short_head(part: Part) -> list[Part]:
    if not isinstance(part, Menu):
        return [part]
    *before, head = split_text(part.text, MOST_HEAD, TextUnit.BYTES)
    return [*map(Text, before), replace(part, text=head)]
