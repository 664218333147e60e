"""What customers do and what WeChat reports (接收事件推送), in our words; whatever is not in the table is kept raw.

Opening a page from the menu (VIEW), sharing one's place (LOCATION), the menu's cameras and maps (pic_*,
location_select) and WeChat's own agents at work (kf_*_session) are kept raw on purpose: nobody wrote, and none of it
opens a window.
"""

from collections.abc import Callable
from dataclasses import replace

from channels.wechat.document import Fields, News, inside, items, needed, text
from channels.wechat.windows import FOLLOW, MENU, SCAN
from conversations.inbound import (
    ConsentChanged,
    ContactChange,
    ContactChanged,
    InboundEvent,
    InboundMessage,
    Receipt,
    ReceiptStatus,
    Unknown,
)
from conversations.parts import Choice

Events = tuple[InboundEvent, ...]

TEMPLATE_RESULTS = {
    "success": (ReceiptStatus.DELIVERED, ""),
    "failed:userblock": (ReceiptStatus.FAILED, "The customer has blocked messages of the account"),
    "failed:systemfailed": (ReceiptStatus.FAILED, "WeChat failed to deliver the message"),
}
"""WeChat writes some of these with a space behind the colon and some without."""


def unknown(news: News) -> Events:
    """What we have no word for."""
    return (Unknown(key=news.key, name=news.kind, occurred_at=news.at, raw=news.document),)


def _changed(news: News, change: ContactChange, opens: str = "") -> Events:
    """`detail` is the scene of the QR code that was followed, if one was."""
    scene = text(news.fields, "EventKey")
    return (
        ContactChanged(
            key=news.key, address=news.sender, change=change, occurred_at=news.at, detail=scene, opens=opens
        ),
    )


def _followed(news: News) -> Events:
    return _changed(news, ContactChange.FOLLOWED, FOLLOW)


def _left(news: News) -> Events:
    return _changed(news, ContactChange.UNFOLLOWED)


def _chose(news: News, opens: str, label: str = "") -> InboundMessage:
    """The customer chose something that we named: a button of the menu, a QR code with a scene."""
    choice = Choice(text(news.fields, "EventKey"), label)
    return InboundMessage(key=news.key, address=news.sender, parts=(choice,), occurred_at=news.at, opens=opens)


def _clicked(news: News) -> Events:
    return (_chose(news, MENU),)


def _came_by_code(news: News) -> Events:
    return (replace(_chose(news, SCAN), source=text(news.fields, "EventKey")),)


def _scanned(news: News) -> Events:
    """The customer scanned any code with the menu's scanner; its content is what they say."""
    return (_chose(news, MENU, text(inside(news.fields, "ScanCodeInfo"), "ScanResult")),)


def _template_result(news: News) -> Events:
    status = needed(news.fields, "Status")
    result, words = TEMPLATE_RESULTS.get(status.replace(" ", "").lower(), (ReceiptStatus.FAILED, status))
    code = "" if result is ReceiptStatus.DELIVERED else status
    return (_receipt(news, needed(news.fields, "MsgID"), result, code, words),)


def _notice_results(news: News) -> Events:
    return tuple(_notice_result(news, item) for item in items(inside(news.fields, "SubscribeMsgSentEvent"), "List"))


def _notice_result(news: News, item: Fields) -> Receipt:
    if text(item, "ErrorCode") == "0":
        return _receipt(news, needed(item, "MsgID"), ReceiptStatus.DELIVERED)
    return _receipt(
        news, needed(item, "MsgID"), ReceiptStatus.FAILED, text(item, "ErrorCode"), text(item, "ErrorStatus")
    )


def _receipt(news: News, message_id: str, status: ReceiptStatus, code: str = "", words: str = "") -> Receipt:
    return Receipt(
        status=status, occurred_at=news.at, external_id=message_id, address=news.sender, code=code, text=words
    )


def _asked(news: News) -> Events:
    """The customer was asked for consent, for one message of each template; a no changes nothing and is kept raw."""
    return _consents(news, "SubscribeMsgPopupEvent", "accept", 1)


def _reconsidered(news: News) -> Events:
    """The customer looked through the consents given earlier, and took some back."""
    return _consents(news, "SubscribeMsgChangeEvent", "reject", -1)


def _consents(news: News, name: str, status: str, count: int) -> Events:
    told = items(inside(news.fields, name), "List")
    changing = [item for item in told if text(item, "SubscribeStatusString") == status]
    changed = tuple(_consent(news, item, count) for item in changing)
    return changed if len(changing) == len(told) else (*changed, *unknown(news))


def _consent(news: News, item: Fields, count: int) -> ConsentChanged:
    template = needed(item, "TemplateId")
    return ConsentChanged(
        key=f"{news.key}:{template}", address=news.sender, template=template, count=count, occurred_at=news.at
    )


EVENTS: dict[str, Callable[[News], Events]] = {
    "subscribe": _followed,
    "subscribe_scan": _followed,
    "unsubscribe": _left,
    "click": _clicked,
    "scan": _came_by_code,
    "scancode_push": _scanned,
    "scancode_waitmsg": _scanned,
    "templatesendjobfinish": _template_result,
    "subscribe_msg_popup_event": _asked,
    "subscribe_msg_change_event": _reconsidered,
    "subscribe_msg_sent_event": _notice_results,
}
"""`subscribe_scan` is wechatpy's word for following through a QR code."""

ANSWERED = frozenset(("subscribe", "subscribe_scan", "click", "scan", "scancode_waitmsg"))
"""Events after which the customer looks at the conversation, where WeChat shows an answer to them."""
