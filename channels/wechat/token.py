"""The access token of an Official Account: WeChat's `stable_token`, shared by all processes.

Unlike the classic token, asking for it again does not end the one that others use. Source: developers.weixin.qq.com,
获取稳定版接口调用凭据.
"""

import asyncio
from datetime import timedelta

from yarl import URL

from channels.contract import Surroundings, Token
from channels.http import ask, json_body
from channels.wechat.config import WeChatConfig
from channels.wechat.errors import read_answer
from conversations.ids import AccountId

_NAME = "access_token"
_EARLY = timedelta(minutes=5)
"""WeChat makes a new token this long before the old one ends, and takes both meanwhile."""


class AccessToken:
    """One fetch at a time in this process, and none when another process was faster."""

    def __init__(self, account: AccountId, config: WeChatConfig, around: Surroundings) -> None:
        self._account = account
        self._config = config
        self._around = around
        self._lock = asyncio.Lock()

    async def current(self) -> str:
        """A token that should be good."""
        return await self._load() or await self._replace("")

    async def after(self, refused: str) -> str:
        """The token to use now that this one was refused."""
        return await self._replace(refused)

    async def fetch(self, *, force: bool = False) -> Token:
        """Ask WeChat with the account's credentials; forcing a new token is allowed 20 times a day."""
        url = URL(self._config.api_url) / "cgi-bin/stable_token"
        wish = {
            "grant_type": "client_credential",
            "appid": self._config.app_id,
            "secret": self._config.app_secret,
            "force_refresh": force,
        }
        answer = await ask(self._around, "POST", url, repeatable=True, data=json_body(wish))
        found = read_answer(answer, url, needs="access_token", repeatable=True)
        lifetime = timedelta(seconds=int(found.get("expires_in", 7200)))
        return Token(str(found["access_token"]), self._around.clock() + lifetime)

    async def _replace(self, refused: str) -> str:
        async with self._lock:
            known = await self._load()
            if known not in ("", refused):
                return known
            token = await self.fetch()
            if token.value == refused:
                token = await self.fetch(force=True)
            await self._around.tokens.save(self._account, _NAME, token)
            return token.value

    async def _load(self) -> str:
        token = await self._around.tokens.load(self._account, _NAME)
        if token is None or token.expires_at - self._around.clock() <= _EARLY:
            return ""
        return token.value
