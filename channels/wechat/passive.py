"""The answer to a request that is itself a message (被动回复), or passes the customer on to WeChat's own agents.

Rendered here: an agent's or a customer's words must not end the CDATA they stand in. Source: developers.weixin.qq.com,
被动回复用户消息, 转发消息到客服.
"""

from collections.abc import Mapping
from typing import Any

from channels.xml_text import sayable
from conversations.parts import Link, Media, MediaType, Part, Text

Fields = Mapping[str, Any]
"""Texts, numbers, or fields inside fields."""

_FORMS = {MediaType.IMAGE: "Image", MediaType.VOICE: "Voice", MediaType.VIDEO: "Video"}

TRANSFER: Fields = {"MsgType": "transfer_customer_service"}


def reply_of(part: Part) -> Fields | None:
    """A part as WeChat answers with it; None where it has no such form.

    A file must be known to WeChat already (`Media.ref`): there is no time to lend it one.
    """
    match part:
        case Text():
            return {"MsgType": "text", "Content": part.text}
        case Link():
            return {"MsgType": "news", "ArticleCount": 1, "Articles": {"item": _article(part)}}
        case Media() if part.ref and part.type in _FORMS:
            return {"MsgType": str(part.type), _FORMS[part.type]: _media(part)}
        case _:
            return None


def render(fields: Fields) -> str:
    """The XML document."""
    return f"<xml>{_elements(fields)}</xml>"


def _article(link: Link) -> Fields:
    return {"Title": link.title or link.url, "Description": link.description, "PicUrl": "", "Url": link.url}


def _media(media: Media) -> Fields:
    return {"MediaId": media.ref, **({"Title": media.name} if media.type is MediaType.VIDEO else {})}


def _elements(fields: Fields) -> str:
    return "".join(f"<{name}>{_content(value)}</{name}>" for name, value in fields.items())


def _content(value: Any) -> str:
    match value:
        case int():
            return str(value)
        case str():
            return f"<![CDATA[{sayable(value).replace(']]>', ']]]]><![CDATA[>')}]]>"
        case _:
            return _elements(value)
