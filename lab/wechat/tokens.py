"""WeChat's stable_token: the same token for everybody until five minutes before its end.

https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
"""

import secrets
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from conversations.clock import Clock
from lab.wechat.refusals import WeChatRefuses

LIFETIME = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
FORCED_PAUSE = timedelta(seconds=30)
FORCED_A_DAY = 20
TOKEN_LENGTH = 136


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
        self._asked: Counter[tuple[str, bool]] = Counter()

    def issue(self, app_id: str, *, force: bool) -> tuple[str, int]:
        """The account's token and the seconds it has left. Forced: the token before it dies at once."""
        self._asked[app_id, force] += 1
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
        self.distrust(app_id)
        self._current.pop(app_id, None)

    def distrust(self, app_id: str) -> None:
        """Refuse the account's token from now on, and yet lend it to whoever asks without force."""
        if app_id in self._current:
            self._issued.pop(self._current[app_id].value, None)

    def expire(self, app_id: str) -> None:
        """Let the account's token run out now."""
        old = self._current.pop(app_id, None)
        if old is not None:
            self._issued[old.value] = replace(old, until=self._clock())

    def asked(self, app_id: str) -> dict[str, int]:
        """How often a token was asked for: in all, and with force."""
        forced = self._asked[app_id, True]
        return {"in_all": self._asked[app_id, False] + forced, "forced": forced}

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
