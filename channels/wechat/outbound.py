"""Parts in WeChat's JSON: customer-service messages (客服消息), template messages, subscription notices (订阅通知)."""

from typing import Any

from channels.contract import Outgoing
from conversations.address import address_value
from conversations.errors import NotSendable
from conversations.parts import Link, Media, MediaType, Menu, Part, Template, Text

Json = dict[str, Any]

FILE_NAMES = {
    "image/jpeg": "image.jpg",
    "image/png": "image.png",
    "image/gif": "image.gif",
    "image/bmp": "image.bmp",
    "audio/amr": "voice.amr",
    "audio/mpeg": "voice.mp3",
    "video/mp4": "video.mp4",
}
"""WeChat goes by the suffix and cannot read names in Chinese; customers never see them."""


def message_of(part: Part) -> Json:
    """What a part without a file is as a customer-service message. Raises `NotSendable`."""
    match part:
        case Text():
            return {"msgtype": "text", "text": {"content": part.text}}
        case Menu():
            return {"msgtype": "msgmenu", "msgmenu": _menu(part)}
        case Link():
            return {"msgtype": "news", "news": {"articles": [_article(part)]}}
        case _:
            raise NotSendable(f"WeChat carries no {part.kind}; it should have been planned.")


def media_message_of(media: Media, media_id: str, thumb_id: str = "") -> Json:
    """A file that was lent to WeChat, as a customer-service message; a video comes with the still shown before it."""
    content = {"media_id": media_id}
    if media.type is MediaType.VIDEO:
        content |= {"thumb_media_id": thumb_id, "title": media.name}
    return {"msgtype": str(media.type), str(media.type): content}


def template_message_of(outgoing: Outgoing, template: Template) -> Json:
    """A template message, or a notice that spends one of the customer's consents.

    WeChat sends one message for the same `client_msg_id` and openid within 10 minutes.
    """
    data = {name: {"value": value} for name, value in template.values}
    message = {"touser": address_value(outgoing.address), "template_id": template.name, "data": data}
    if template.once:
        return {**message, "page": template.url} if template.url else message
    return {**message, "url": template.url, "client_msg_id": outgoing.delivery}


def _menu(menu: Menu) -> Json:
    options = [{"id": option.id, "content": option.label} for option in menu.options]
    return {"head_content": menu.text, "list": options, "tail_content": ""}


def _article(link: Link) -> Json:
    return {"title": link.title or link.url, "description": link.description, "url": link.url}
