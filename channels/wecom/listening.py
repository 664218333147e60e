"""Fetching the news of one account, page by page. Callbacks only say that there are some."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.contract import Ear
from channels.wecom.api import Page, WeComApi
from channels.wecom.config import WeComConfig
from channels.wecom.errors import STALE_CALLBACK
from channels.wecom.names import Names
from conversations.clock import Clock
from conversations.errors import ProviderUnavailable, SendError

log = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(minutes=9)
"""The token of a callback is good for ten minutes (path/94670)."""

PAUSE = 60.0
PAUSE_WITHOUT_TOKEN = 300.0
"""Seconds until we look although nobody called. Without a token WeCom limits strictly how often we may."""

GREETABLE = timedelta(seconds=20)
"""How long a `welcome_code` is good (path/95122)."""


class Listening:
    """One place that fetches. Pages and the place behind them are committed together, so none is lost or read twice."""

    def __init__(self, ear: Ear, api: WeComApi, config: WeComConfig, clock: Clock) -> None:
        self._ear = ear
        self._api = api
        self._names = Names(api)
        self._config = config
        self._clock = clock
        self._token = ""
        self._good_until = datetime.min.replace(tzinfo=UTC)

    async def go_on(self) -> None:
        """Hear until cancelled. Raises a `SendError` when WeCom does not let us."""
        place = self._place(await self._ear.cursor())
        while True:
            place = await self._catch_up(place)
            token = await self._ear.wait(PAUSE if self._good_token() else PAUSE_WITHOUT_TOKEN)
            if token:
                self._token, self._good_until = token, self._clock() + TOKEN_LIFE

    async def _catch_up(self, place: str) -> str:
        """Take page after page. An empty one is not the end, as long as WeCom says that there is more."""
        while True:
            page = await self._page(place)
            if page.entries or page.cursor != place:
                await self._take(page)
                await self._greet(page)
            elif page.has_more:
                raise ProviderUnavailable("WeCom says that there is more, but does not go on")
            place = page.cursor
            if not page.has_more:
                return place

    async def _take(self, page: Page) -> None:
        named = await self._names.add_to(page)
        await self._ear.take([named.request] if named.entries else [], self._cursor(named.cursor))

    async def _page(self, place: str) -> Page:
        token = self._good_token()
        try:
            return await self._api.page(place, token)
        except SendError as error:
            if error.code != STALE_CALLBACK or not token:
                raise
        self._token = ""
        return await self._api.page(place, "")

    def _good_token(self) -> str:
        return self._token if self._clock() < self._good_until else ""

    async def _greet(self, page: Page) -> None:
        """At most once, since what was committed is not fetched again; a greeting that fails is no loss."""
        for code in self._welcome_codes(page):
            message = {"code": code, "msgtype": "text", "text": {"content": self._config.welcome}}
            try:
                await self._api.send_on_event(message)
            except SendError as error:
                log.info("a customer of %s was not greeted: %s", self._config.open_kfid, error)

    def _welcome_codes(self, page: Page) -> list[str]:
        """Each once, since WeCom may tell an entry several times."""
        if not self._config.welcome:
            return []
        oldest = (self._clock() - GREETABLE).timestamp()
        return list(dict.fromkeys(code for entry in page.entries if (code := _welcome_code(entry, oldest))))

    def _place(self, cursor: str) -> str:
        """Where to go on. The place of another account means nothing to this one, and WeCom keeps three days."""
        account, _, place = cursor.partition(" ")
        return place if account == self._config.open_kfid else ""

    def _cursor(self, place: str) -> str:
        return f"{self._config.open_kfid} {place}"


def _welcome_code(entry: Any, oldest: float) -> str:
    """The code in an entry that is younger than `oldest`; empty in all others."""
    event = entry.get("event") if isinstance(entry, dict) else None
    at = entry.get("send_time") if isinstance(entry, dict) else None
    code = event.get("welcome_code") if isinstance(event, dict) else None
    return code if isinstance(code, str) and isinstance(at, int) and at >= oldest else ""
