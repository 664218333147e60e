"""WeCom's access tokens: the same for everybody who asks until it ends (path/91039)."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from conversations.clock import Clock
from lab.config import AccountConfig
from lab.wecom.refusals import WeComRefuses

LIFETIME = timedelta(seconds=7200)
TOKEN_LENGTH = 86

App = tuple[str, str]
"""CorpID and Secret: what a token is given to."""


def app_of(account: AccountConfig) -> App:
    """The app that serves an account."""
    return account.settings["corp_id"], account.settings["secret"]


@dataclass(frozen=True)
class Issued:
    """A token that was given out."""

    app: App = field(repr=False)
    value: str = field(repr=False)
    until: datetime


class Tokens:
    """The tokens of all apps. They live in memory: a lab that starts anew makes the product ask again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._current: dict[App, Issued] = {}
        self._issued: dict[str, Issued] = {}

    def issue(self, app: App) -> tuple[str, int]:
        """The app's token and the seconds it has left."""
        current = self._current.get(app)
        if current is None or current.until <= self._clock():
            current = Issued(app, secrets.token_urlsafe(TOKEN_LENGTH)[:TOKEN_LENGTH], self._clock() + LIFETIME)
            self._current[app] = self._issued[current.value] = current
        return current.value, int((current.until - self._clock()).total_seconds())

    def kill(self, account: AccountConfig) -> None:
        """Make the token worthless before its time, as WeCom may."""
        killed = self._current.pop(app_of(account), None)
        if killed is not None:
            self._issued.pop(killed.value)

    def expire(self, account: AccountConfig) -> None:
        """Let the token run out now."""
        old = self._current.pop(app_of(account), None)
        if old is not None:
            self._issued[old.value] = replace(old, until=self._clock())

    def owner(self, value: str) -> App:
        """The app a token belongs to; raises WeComRefuses."""
        if not value:
            raise WeComRefuses(41001)
        issued = self._issued.get(value)
        if issued is None:
            raise WeComRefuses(40014)
        if issued.until <= self._clock():
            raise WeComRefuses(42001)
        return issued.app
