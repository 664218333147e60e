"""What WeCom's errcodes and its later failures mean for us. From its global list of codes (全局错误码, path/90313)."""

import re
from datetime import timedelta
from typing import Any

from yarl import URL

from channels.http import Answer, unreadable
from conversations.errors import (
    Misconfigured,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    WindowClosed,
)

TOKEN_REFUSED = frozenset((40001, 40014, 42001))
"""The access token is not, or no longer, a good one."""

STALE_CALLBACK = "95007"
"""The token of a callback is older than ten minutes, or not this account's."""

ERRORS: dict[int, tuple[type[SendError], str]] = {
    -1: (ProviderUnavailable, "WeCom is busy"),
    6000: (ProviderUnavailable, "WeCom is busy with the same data"),
    40001: (Misconfigured, "WeCom does not accept the Secret"),
    40003: (Rejected, "WeCom knows no such customer"),
    40004: (Rejected, "WeCom does not take this type of file"),
    40005: (Rejected, "WeCom does not take this type of file"),
    40006: (Rejected, "WeCom does not take a file of this size"),
    40007: (Rejected, "The file is gone from WeCom, which keeps files for 3 days"),
    40008: (Rejected, "WeCom does not take this type of message"),
    40009: (Rejected, "WeCom does not take a picture of this size"),
    40011: (Rejected, "WeCom does not take a video of this size"),
    40013: (Misconfigured, "WeCom does not know the CorpID"),
    40014: (ProviderUnavailable, "WeCom does not accept the access token"),
    40058: (Rejected, "WeCom does not accept an argument of the message"),
    40096: (Rejected, "WeCom knows no such customer"),
    41001: (ProviderUnavailable, "WeCom misses the access token"),
    41002: (Misconfigured, "The CorpID is missing"),
    41004: (Misconfigured, "The Secret is missing"),
    42001: (ProviderUnavailable, "The access token has expired"),
    44004: (Rejected, "The text is empty"),
    45001: (Rejected, "The file is too large for WeCom"),
    45002: (Rejected, "The text is too long for WeCom"),
    45009: (Throttled, "Too many calls of this interface"),
    45033: (Throttled, "Too many calls of this interface at once"),
    47001: (Rejected, "WeCom could not read the message"),
    48002: (Misconfigured, "The app may not call this interface (微信客服 → 可调用接口的应用)"),
    60011: (Misconfigured, "The app may not use this account, or does not see its agents (应用可见范围)"),
    60020: (Misconfigured, "This server's IP address is not on the app's list (应用管理 → 企业可信IP)"),
    95000: (Misconfigured, "WeCom does not know the open_kfid"),
    95001: (WindowClosed, "All messages are used up until the customer writes again"),
    95002: (WindowClosed, "The customer did not write within 48 hours"),
    95003: (Misconfigured, "The company has served as many customers as it may; have it verified (企业认证)"),
    95004: (Misconfigured, "The account with this open_kfid does not exist any more"),
    95007: (Rejected, "WeCom does not accept the token of the callback"),
    95008: (Rejected, "The menu has too many items"),
    95009: (Rejected, "The menu has an item of a type that WeCom does not know"),
    95011: (
        Misconfigured,
        "The company uses 微信客服 inside WeCom; let the app manage the account (通过API管理微信客服账号)",
    ),
    95012: (Misconfigured, "The company does not use 微信客服 in WeCom yet"),
    95013: (WindowClosed, "The session has ended; the customer must write first"),
    95014: (Misconfigured, "The agent is no agent of this account"),
    95017: (Misconfigured, "The interface is switched off for this account (通过API管理微信客服账号)"),
    95018: (
        Rejected,
        "An agent serves or queues the customer in WeCom, or the session has ended; nothing can be sent from here",
    ),
}

_PAUSES = {45009: timedelta(minutes=1), 45033: timedelta(seconds=5)}

FAILURES: dict[int, str] = {
    0: "WeCom does not say why",
    1: "the customer-service account was deleted",
    2: "the app was closed",
    4: "the customer did not write within 48 hours",
    5: "the session was closed",
    6: "more than 5 messages since the customer wrote",
    7: "the company has no 视频号",
    8: "the company is not verified (主体未验证)",
    9: "the company is not verified and has no 视频号",
    10: "the customer refuses messages",
    11: "nobody of the company has ever logged in to WeCom's app",
    12: "this type of message is forbidden here",
    13: "WeCom held it back for safety",
}
"""The `fail_type` of `msg_send_fail`, which comes after WeCom has accepted a message."""

_REPEATED = re.compile(r"msg_?id.*(repeat|duplicat|exist|used)|(repeat|duplicat).*msg_?id", re.IGNORECASE)


def error_of(errcode: int, errmsg: str) -> SendError:
    """The error that an errcode stands for; a code that is not in the table is a refusal, never retried."""
    kind, meaning = ERRORS.get(errcode, (Rejected, "WeCom refused"))
    text = f"{meaning} ({errcode} {errmsg})"
    if kind is Throttled:
        return Throttled(text, code=str(errcode), after=_PAUSES[errcode])
    return kind(text, code=str(errcode))


def read_answer(answer: Answer, url: URL, *, needs: str, repeatable: bool) -> dict[str, Any]:
    """The answer, if it is a success that has the field it needs; WeCom writes errors into HTTP 200."""
    found = answer.json() or {}
    if found.get("errcode"):
        raise error_of(found["errcode"], str(found.get("errmsg", "")))
    if needs not in found:
        raise unreadable(answer, url, repeatable=repeatable)
    return found


def is_repetition(error: SendError) -> bool:
    """Whether WeCom refuses because it took a message with our msgid before: then all is well.

    WeCom's page says that a used msgid is an error, but not which; only the words can tell.
    """
    return bool(_REPEATED.search(str(error)))
