"""What WeChat's errcodes mean for us: one table, from its global list of codes (全局返回码)."""

from datetime import timedelta
from typing import Any

from yarl import URL

from channels.http import Answer, unreadable
from conversations.errors import (
    Misconfigured,
    OptedOut,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    WindowClosed,
)

TOKEN_REFUSED = frozenset((40001, 40014, 42001))
"""The access token is not, or no longer, the current one."""

_ERRORS: dict[int, tuple[type[SendError], str]] = {
    -1: (ProviderUnavailable, "WeChat is busy"),
    40001: (Misconfigured, "WeChat does not accept the AppSecret"),
    40002: (Misconfigured, "WeChat does not accept this kind of access token"),
    40003: (Rejected, "WeChat knows no such openid for this account"),
    40004: (Rejected, "WeChat does not take this type of file"),
    40005: (Rejected, "WeChat does not take this type of file"),
    40006: (Rejected, "WeChat does not take a file of this size"),
    40007: (Rejected, "The file is gone from WeChat, which keeps files for 3 days"),
    40008: (Rejected, "WeChat does not take this type of message"),
    40009: (Rejected, "WeChat does not take a picture of this size"),
    40013: (Misconfigured, "WeChat does not know the AppID"),
    40014: (ProviderUnavailable, "WeChat does not accept the access token"),
    40125: (Misconfigured, "WeChat does not accept the AppSecret"),
    40164: (Misconfigured, "This server's IP address is not on the account's list (基本配置 → IP白名单)"),
    40243: (Misconfigured, "The AppSecret is frozen (基本配置 → 开发者密码)"),
    41002: (Misconfigured, "The AppID is missing"),
    41004: (Misconfigured, "The AppSecret is missing"),
    42001: (ProviderUnavailable, "The access token has expired"),
    43004: (OptedOut, "The customer does not follow the account any more"),
    43101: (OptedOut, "The customer refused messages of this template"),
    44004: (Rejected, "The text is empty"),
    45002: (Rejected, "The text is too long for WeChat"),
    45009: (Throttled, "The account's calls for today are used up"),
    45011: (Throttled, "Too many calls in this minute"),
    45015: (WindowClosed, "The customer did not write within 48 hours, or does not follow the account any more"),
    45047: (WindowClosed, "All messages are used up until the customer writes again"),
    45157: (Rejected, "The text holds a word that WeChat forbids"),
    46004: (Rejected, "WeChat knows no such customer"),
    47001: (Rejected, "WeChat could not read the message"),
    47003: (Rejected, "An argument of the template does not fit"),
    48001: (Misconfigured, "The account has no right to this interface (接口权限)"),
    48004: (Misconfigured, "WeChat has banned the account from this interface"),
    50001: (Misconfigured, "The account is not authorised for this interface"),
    50002: (Rejected, "WeChat has restricted this customer"),
    50005: (OptedOut, "The customer does not follow the account any more"),
    89503: (Misconfigured, "An administrator must confirm this server's IP address in WeChat"),
    89506: (Misconfigured, "An administrator refused this server's IP address twice; WeChat allows it again tomorrow"),
    89507: (Misconfigured, "An administrator refused this server's IP address; WeChat allows it again in an hour"),
}

_PAUSES = {45009: timedelta(hours=1), 45011: timedelta(minutes=1)}


def error_of(errcode: int, errmsg: str) -> SendError:
    """The error that an errcode stands for; a code that is not in the table is a refusal, never retried."""
    kind, meaning = _ERRORS.get(errcode, (Rejected, "WeChat refused"))
    text = f"{meaning} ({errcode} {errmsg})"
    if kind is Throttled:
        return Throttled(text, code=str(errcode), after=_PAUSES[errcode])
    return kind(text, code=str(errcode))


def read_answer(answer: Answer, url: URL, *, needs: str, repeatable: bool) -> dict[str, Any]:
    """The answer, if it is a success that has the field it needs; WeChat writes errors into HTTP 200."""
    found = answer.json() or {}
    if found.get("errcode"):
        raise error_of(found["errcode"], str(found.get("errmsg", "")))
    if needs not in found:
        raise unreadable(answer, url, repeatable=repeatable)
    return found
