"""What WeChat's errcodes mean for us: one table, from its global list of codes (全局返回码)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

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

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Remedy(StrEnum):
    """What is done about a code, once, before it counts as an error."""

    NONE = "none"
    RENEW = "renew the access token"
    LEND_AGAIN = "lend the file again"
    IGNORE = "ignore"


def _until_midnight(now: datetime) -> timedelta:
    """WeChat's days are China's."""
    today = now.astimezone(SHANGHAI).date()
    return datetime.combine(today + timedelta(days=1), time(), SHANGHAI) - now


def _a_minute(_now: datetime) -> timedelta:
    return timedelta(minutes=1)


@dataclass(frozen=True)
class Meaning:
    """The error that a code stands for, in words for the agent, and what helps. `pause` is how long to wait."""

    error: type[SendError]
    words: str
    remedy: Remedy = Remedy.NONE
    pause: Callable[[datetime], timedelta] | None = None


MEANINGS: dict[int, Meaning] = {
    -1: Meaning(ProviderUnavailable, "WeChat is busy"),
    40001: Meaning(Misconfigured, "WeChat does not accept the AppSecret", Remedy.RENEW),
    40002: Meaning(Misconfigured, "WeChat does not accept this kind of access token"),
    40003: Meaning(Rejected, "WeChat knows no such openid for this account"),
    40004: Meaning(Rejected, "WeChat does not take this type of file"),
    40005: Meaning(Rejected, "WeChat does not take this type of file"),
    40006: Meaning(Rejected, "WeChat does not take a file of this size"),
    40007: Meaning(Rejected, "The file is gone from WeChat, which keeps files for 3 days", Remedy.LEND_AGAIN),
    40008: Meaning(Rejected, "WeChat does not take this type of message"),
    40009: Meaning(Rejected, "WeChat does not take a picture of this size"),
    40013: Meaning(Misconfigured, "WeChat does not know the AppID"),
    40014: Meaning(ProviderUnavailable, "WeChat does not accept the access token", Remedy.RENEW),
    40016: Meaning(Rejected, "A menu has 1 to 3 buttons"),
    40017: Meaning(Rejected, "WeChat knows no such type of button"),
    40018: Meaning(Rejected, "The name of a button is too long"),
    40019: Meaning(Rejected, "The key of a button is missing or too long"),
    40020: Meaning(Rejected, "The address of a button is missing or too long"),
    40023: Meaning(Rejected, "A button opens 1 to 5 others"),
    40037: Meaning(Rejected, "The account has no such template"),
    40125: Meaning(Misconfigured, "WeChat does not accept the AppSecret"),
    40164: Meaning(Misconfigured, "This server's IP address is not on the account's list (基本配置 → IP白名单)"),
    40243: Meaning(Misconfigured, "The AppSecret is frozen (基本配置 → 开发者密码)"),
    41002: Meaning(Misconfigured, "The AppID is missing"),
    41004: Meaning(Misconfigured, "The AppSecret is missing"),
    42001: Meaning(ProviderUnavailable, "The access token has expired", Remedy.RENEW),
    43004: Meaning(OptedOut, "The customer does not follow the account any more"),
    # Refusing one template is not refusing to be written to.
    43101: Meaning(Rejected, "The customer refused messages of this template, or the consents are used up"),
    44004: Meaning(Rejected, "The text is empty"),
    45001: Meaning(Rejected, "The file is too large for WeChat"),
    45002: Meaning(Rejected, "The text is too long for WeChat"),
    45008: Meaning(Rejected, "WeChat takes one article a message"),
    45009: Meaning(Throttled, "The account's calls for today are used up until midnight", pause=_until_midnight),
    45011: Meaning(Throttled, "Too many calls in this minute", pause=_a_minute),
    45015: Meaning(WindowClosed, "The customer did not write within 48 hours, or does not follow the account any more"),
    45047: Meaning(WindowClosed, "All messages are used up until the customer writes again"),
    45072: Meaning(Rejected, "WeChat knows no such sign of typing", Remedy.IGNORE),
    45080: Meaning(WindowClosed, "Typing shows only within 30 seconds after a message", Remedy.IGNORE),
    45081: Meaning(Rejected, "Typing shows already", Remedy.IGNORE),
    45157: Meaning(Rejected, "The text holds a word that WeChat forbids"),
    46004: Meaning(Rejected, "WeChat knows no such customer"),
    47001: Meaning(Rejected, "WeChat could not read the message"),
    47003: Meaning(Rejected, "An argument of the template does not fit"),
    48001: Meaning(Misconfigured, "The account has no right to this interface (接口权限)"),
    48004: Meaning(Misconfigured, "WeChat has banned the account from this interface"),
    50001: Meaning(Misconfigured, "The account is not authorised for this interface"),
    50002: Meaning(Rejected, "WeChat has restricted this customer"),
    50005: Meaning(OptedOut, "The customer does not follow the account any more"),
    89503: Meaning(Misconfigured, "An administrator must confirm this server's IP address in WeChat"),
    89506: Meaning(
        Misconfigured, "An administrator refused this server's IP address twice; WeChat allows it again tomorrow"
    ),
    89507: Meaning(
        Misconfigured, "An administrator refused this server's IP address; WeChat allows it again in an hour"
    ),
}

_UNHEARD_OF = Meaning(Rejected, "WeChat refused")


def codes_for(remedy: Remedy) -> frozenset[str]:
    """The codes that something helps against, as `SendError.code` has them."""
    return frozenset(str(code) for code, meaning in MEANINGS.items() if meaning.remedy is remedy)


def error_of(errcode: int, errmsg: str, now: datetime) -> SendError:
    """The error that an errcode stands for; a code that is not in the table is a refusal, never retried."""
    meaning = MEANINGS.get(errcode, _UNHEARD_OF)
    text = f"{meaning.words} ({errcode} {errmsg})"
    if meaning.pause:
        return Throttled(text, code=str(errcode), after=meaning.pause(now))
    return meaning.error(text, code=str(errcode))


def read_answer(answer: Answer, url: URL, *, needs: str, repeatable: bool, now: datetime) -> dict[str, Any]:
    """The answer, if it is a success that has the field it needs; WeChat writes errors into HTTP 200."""
    found = answer.json() or {}
    if found.get("errcode"):
        raise error_of(found["errcode"], str(found.get("errmsg", "")), now)
    if needs not in found:
        raise unreadable(answer, url, repeatable=repeatable)
    return found
