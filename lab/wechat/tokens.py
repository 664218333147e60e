"""WeChat's stable_token: the same token for everybody until five minutes before its end.

https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from conversations.clock import Clock

LIFETIME = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
FORCED_PAUSE = timedelta(seconds=30)
FORCED_A_DAY = 20
TOKEN_LENGTH = 136

ERRORS: Mapping[int, str] = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40125: "invalid appsecret",
    41001: "access_token missing",
    41005: "media data missing",
    42001: "access_token expired",
    43002: "require POST method",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    47001: "data format error",
}


class WeChatRefuses(Exception):
    """WeChat says no, inside HTTP 200."""

    def __init__(self, code: int) -> None:
        super().__init__(ERRORS[code])
        self.code = code


@dataclass(frozen=True)
class Issued:
    """A token that was given out."""

    app_id: str
    value: str = field(repr=False)
    until: datetime


class StableTokens:
    """The tokens of all accounts. They live in memory: a lab that starts anew makes the product ask again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._current: dict[str, Issued] = {}
        self._issued: dict[str, Issued] = {}
        self._forced: dict[str, list[datetime]] = {}

    def issue(self, app_id: str, *, force: bool) -> tuple[str, int]:
        """The account's token and the seconds it has left. Forced: the token before it dies at once."""
        if force:
            self._count_forced(app_id)
            self.kill(app_id)
        now = self._clock()
        current = self._current.get(app_id)
        if current is None or current.until - now <= OVERLAP:
            current = self._renew(app_id)
        return current.value, int((current.until - now).total_seconds())

    def kill(self, app_id: str) -> None:
        """Make the account's token worthless, as another process that fetches the classic token would."""
        killed = self._current.pop(app_id, None)
        if killed is not None:
            self._issued.pop(killed.value)

    def expire(self, app_id: str) -> None:
        """Let the account's token run out now."""
        old = self._current.pop(app_id, None)
        if old is not None:
            self._issued[old.value] = replace(old, until=self._clock())

    def owner(self, value: str) -> str:
        """The AppID a token belongs to; raises WeChatRefuses."""
        if not value:
            raise WeChatRefuses(41001)
        if len(value) != TOKEN_LENGTH:
            raise WeChatRefuses(40014)
        issued = self._issued.get(value)
        if issued is None:
            raise WeChatRefuses(40001)
        if issued.until <= self._clock():
            raise WeChatRefuses(42001)
        return issued.app_id

    def _renew(self, app_id: str) -> Issued:
        made = Issued(app_id, secrets.token_hex(TOKEN_LENGTH // 2), self._clock() + LIFETIME)
        self._current[app_id] = made
        self._issued[made.value] = made
        return made

    def _count_forced(self, app_id: str) -> None:
        now = self._clock()
        recent = [at for at in self._forced.get(app_id, ()) if now - at < timedelta(days=1)]
        if recent and now - recent[-1] < FORCED_PAUSE:
            raise WeChatRefuses(45011)
        if len(recent) >= FORCED_A_DAY:
            raise WeChatRefuses(45009)
        self._forced[app_id] = [*recent, now]
