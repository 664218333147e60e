"""What customers write to us (接收普通消息), in our words."""

from collections.abc import Callable

from channels.wechat.document import Fields, News, needed, text
from channels.wechat.events import EVENTS, unknown
from channels.wechat.windows import MENU, MESSAGE
from conversations.errors import PayloadUnreadable
from conversations.inbound import InboundEvent, InboundMessage, Unknown
from conversations.parts import Choice, Link, Location, Media, MediaType, Part, Text

Parts = tuple[Part, ...]


def events_of(news: News) -> tuple[InboundEvent, ...]:
    """One message or event of WeChat in our words. Raises `PayloadUnreadable`."""
    if news.is_event:
        return EVENTS.get(news.kind, unknown)(news) or unknown(news)
    if news.kind not in PARTS:
        return unknown(news)
    return (_message(news), *_about_article(news))


def _message(news: News) -> InboundMessage:
    """A tap on a menu message comes as text, but gives us no more than a tap on a menu does."""
    return InboundMessage(
        key=news.key,
        external_id=news.key,
        address=news.sender,
        parts=PARTS[news.kind](news.fields),
        occurred_at=news.at,
        opens=MENU if text(news.fields, "bizmsgmenuid") else MESSAGE,
    )


def _about_article(news: News) -> tuple[Unknown, ...]:
    """A message that was written below an article names it (`MsgDataId`, `Idx`); kept raw beside the message."""
    if not text(news.fields, "MsgDataId"):
        return ()
    return (Unknown(key=f"{news.key}:article", name="article", occurred_at=news.at, raw=news.document),)


def _words(fields: Fields) -> Parts:
    """Text; a tap on one of our menus comes as text too, with the option's id beside it."""
    content, chosen = text(fields, "Content"), text(fields, "bizmsgmenuid")
    return (Choice(chosen, content) if chosen else Text(content),)


def _image(fields: Fields) -> Parts:
    return (Media(MediaType.IMAGE, ref=needed(fields, "MediaId")),)


def _voice(fields: Fields) -> Parts:
    """What was said, and what WeChat understood of it where the account has speech recognition."""
    mime = f"audio/{text(fields, 'Format').lower() or 'amr'}"
    voice = Media(MediaType.VOICE, mime=mime, ref=needed(fields, "MediaId"))
    recognised = text(fields, "Recognition")
    return (voice, Text(recognised)) if recognised else (voice,)


def _video(fields: Fields) -> Parts:
    return (Media(MediaType.VIDEO, ref=needed(fields, "MediaId")),)


def _location(fields: Fields) -> Parts:
    try:
        latitude, longitude = float(needed(fields, "Location_X")), float(needed(fields, "Location_Y"))
    except ValueError:
        raise PayloadUnreadable("The location is not in numbers") from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise PayloadUnreadable("The location is not on earth")
    return (Location(latitude, longitude, text(fields, "Label")),)


def _link(fields: Fields) -> Parts:
    return (Link(needed(fields, "Url"), text(fields, "Title"), text(fields, "Description")),)


PARTS: dict[str, Callable[[Fields], Parts]] = {
    "text": _words,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
}
