"""The passive replies that WeChat shows (被动回复用户消息)."""

from collections.abc import Callable, Mapping

from lab.wechat.xml import Fields

TEXT_BYTES = 2048
TRANSFER = "transfer_customer_service"

NEEDS: Mapping[str, frozenset[str]] = {
    "text": frozenset(("Content",)),
    "image": frozenset(("Image/MediaId",)),
    "voice": frozenset(("Voice/MediaId",)),
    "video": frozenset(("Video/MediaId",)),
    "news": frozenset(f"Articles/item/{name}" for name in ("Title", "Description", "PicUrl", "Url")),
    TRANSFER: frozenset(),
}

MEDIA = {"image": "Image/MediaId", "voice": "Voice/MediaId", "video": "Video/MediaId"}


def check_reply(
    reply: Mapping[str, str], openid: str, service: str, told: Fields, has_medium: Callable[[str], bool]
) -> None:
    """Raise ValueError unless WeChat would show this reply to what the product was told."""
    kind = reply.get("MsgType", "")
    wrong = {
        f"WeChat knows no reply of type {kind!r}": kind not in NEEDS,
        "the reply is addressed to somebody else": reply.get("ToUserName") != openid,
        "the reply comes from another account": reply.get("FromUserName") != service,
        "CreateTime is not a time": not reply.get("CreateTime", "").isdecimal(),
        "the reply lacks a field": not NEEDS.get(kind, frozenset()) <= reply.keys(),
        "the text is empty or too long": kind == "text"
        and not 0 < len(reply.get("Content", "").encode()) <= TEXT_BYTES,
        "one article is one article": kind == "news" and reply.get("ArticleCount") != "1",
        "there is no such file": kind in MEDIA and not has_medium(reply.get(MEDIA[kind], "")),
        "events cannot be passed on": kind == TRANSFER and told["MsgType"] == "event",
    }
    if any(wrong.values()):
        raise ValueError("; ".join(problem for problem, is_so in wrong.items() if is_so))


def words_of(reply: Mapping[str, str]) -> str:
    """What the follower reads of it."""
    article = (reply.get(f"Articles/item/{name}", "") for name in ("Title", "Description", "Url"))
    return reply.get("Content") or "\n".join(filter(None, article))
