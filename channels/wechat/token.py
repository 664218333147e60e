"""The access token of an Official Account: WeChat's `stable_token`.

Unlike the classic token, asking for it again does not end the one that others use. Source: developers.weixin.qq.com,
获取稳定版接口调用凭据.
"""

from datetime import UTC, datetime, timedelta

from yarl import URL

from channels.contract import Surroundings, Token
from channels.http import ask, json_body
from channels.wechat.config import WeChatConfig
from channels.wechat.errors import read_answer
from conversations.errors import Throttled
from conversations.ids import AccountId

FORCED_PAUSE = timedelta(seconds=30)
FORCED_A_DAY = 20

_FORCED = "forced_refreshes"
_A_DAY = timedelta(days=1)


class StableToken:
    """WeChat's side of a `LentToken`."""

    def __init__(self, account: AccountId, config: WeChatConfig, around: Surroundings) -> None:
        self._account = account
        self._config = config
        self._around = around

    async def borrow(self, refused: str = "") -> Token:
        """The account's token; another one by force only if WeChat lends the refused one again."""
        token = await self._fetch(force=False)
        return await self._force() if token.value == refused else token

    async def _force(self) -> Token:
        """A new token although WeChat calls the old one good. Raises `Throttled` when that was done too often."""
        now = self._around.clock()
        before = await self._forced_since(now - _A_DAY)
        pause = _pause(before, now)
        if pause > timedelta():
            # Whoever forced just now, here or in another process, is about to share the new token.
            raise Throttled("WeChat allows a new access token every 30 seconds, and 20 a day", after=pause)
        stamps = " ".join(str(int(at.timestamp())) for at in (*before, now))
        await self._around.tokens.save(self._account, _FORCED, Token(stamps, now + _A_DAY))
        return await self._fetch(force=True)

    async def _forced_since(self, start: datetime) -> list[datetime]:
        """When any process forced a new token, the earliest first."""
        kept = await self._around.tokens.load(self._account, _FORCED)
        stamps = kept.value.split() if kept else []
        return [at for at in (datetime.fromtimestamp(int(stamp), UTC) for stamp in stamps) if at > start]

    async def _fetch(self, *, force: bool) -> Token:
        url = URL(self._config.api_url) / "cgi-bin/stable_token"
        wish = {
            "grant_type": "client_credential",
            "appid": self._config.app_id,
            "secret": self._config.app_secret,
            "force_refresh": force,
        }
        answer = await ask(self._around, "POST", url, repeatable=True, data=json_body(wish))
        now = self._around.clock()
        found = read_answer(answer, url, needs="access_token", repeatable=True, now=now)
        return Token(str(found["access_token"]), now + timedelta(seconds=int(found.get("expires_in", 7200))))


def _pause(forced: list[datetime], now: datetime) -> timedelta:
    """How long to wait until a token may be forced again."""
    if len(forced) >= FORCED_A_DAY:
        return forced[-FORCED_A_DAY] + _A_DAY - now
    return forced[-1] + FORCED_PAUSE - now if forced else timedelta()
