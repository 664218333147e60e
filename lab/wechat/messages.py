"""Customer-service messages (客服消息) as WeChat reads them.

https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
"""

from collections.abc import Callable, Mapping
from typing import Any

from lab.books import Heard, Option
from lab.wechat.refusals import WeChatRefuses

TEXT_BYTES = 2048

Blank = Mapping[str, Any]
"""What every message has: who sees it when."""

Message = Mapping[str, Any]


def read_message(blank: Blank, message: Message) -> Heard:
    """What the follower sees; raises WeChatRefuses."""
    read = READ.get(message.get("msgtype", ""))
    if read is None:
        raise WeChatRefuses(40008)
    return read(blank, message)


def thumb_of(message: Message) -> str:
    """The still of a video."""
    return _within(message, "video", "thumb_media_id")


def _text(blank: Blank, message: Message) -> Heard:
    return Heard(**blank, kind="text", text=_sized(_within(message, "text", "content")))


def _media(kind: str) -> Callable[[Blank, Message], Heard]:
    return lambda blank, message: Heard(**blank, kind=kind, medium=_within(message, kind, "media_id"))


def _news(blank: Blank, message: Message) -> Heard:
    articles = _inner(message, "news").get("articles")
    if not isinstance(articles, list) or not articles or not isinstance(articles[0], dict):
        raise WeChatRefuses(47001)
    if len(articles) > 1:
        raise WeChatRefuses(45008)
    words = (str(articles[0].get(name, "")) for name in ("title", "description", "url"))
    return Heard(**blank, kind="news", text="\n".join(filter(None, words)))


def _menu(blank: Blank, message: Message) -> Heard:
    menu = _inner(message, "msgmenu")
    if not isinstance(menu.get("list"), list):
        raise WeChatRefuses(47001)
    options = tuple(map(_option, menu["list"]))
    words = "\n".join(filter(None, (menu.get("head_content"), menu.get("tail_content"))))
    return Heard(**blank, kind="msgmenu", text=_sized(words), options=options)


def _option(raw: Any) -> Option:
    if not isinstance(raw, dict) or not {"id", "content"} <= raw.keys():
        raise WeChatRefuses(47001)
    return Option(id=str(raw["id"]), label=str(raw["content"]))


READ: Mapping[str, Callable[[Blank, Message], Heard]] = {
    "text": _text,
    "image": _media("image"),
    "voice": _media("voice"),
    "video": _media("video"),
    "news": _news,
    "msgmenu": _menu,
}


def _inner(message: Message, part: str) -> dict[str, Any]:
    inner = message.get(part)
    if not isinstance(inner, dict):
        raise WeChatRefuses(47001)
    return inner


def _within(message: Message, part: str, name: str) -> str:
    value = _inner(message, part).get(name)
    if not isinstance(value, str):
        raise WeChatRefuses(47001)
    if not value:
        raise WeChatRefuses(44004)
    return value


def _sized(text: str) -> str:
    if len(text.encode()) > TEXT_BYTES:
        raise WeChatRefuses(45002)
    return text
