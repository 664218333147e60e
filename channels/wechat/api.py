"""WeChat's interface for Official Accounts: the few calls we make."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import aiohttp
from yarl import URL

from channels.contract import Surroundings
from channels.files import File, file_form, file_of
from channels.http import Answer, ask, is_web_address, json_body, unreadable
from channels.lent_token import LentToken
from channels.wechat.config import WeChatConfig
from channels.wechat.errors import Remedy, codes_for, read_answer
from channels.wechat.menu import Button, SceneCode, menu_json, pictures_at, scene_code, scene_wish
from channels.wechat.token import StableToken
from conversations.errors import Rejected, SendError
from conversations.ids import AccountId

MAX_FILE = 20 * 1024 * 1024
"""Bytes of a customer's file; WeChat's own limit is 10 MB."""

TOKEN_REFUSED = codes_for(Remedy.RENEW)
UNIMPORTANT = codes_for(Remedy.IGNORE)

TEMPLATES = "cgi-bin/message/template/send"
NOTICES = "cgi-bin/message/subscribe/bizsend"

Body = Callable[[], aiohttp.Payload | aiohttp.FormData | None]
"""Makes the body of a request anew, since a form can be read only once."""


class WeChatApi:
    """Calls with a token, which is replaced exactly once when WeChat refuses it."""

    def __init__(self, account: AccountId, config: WeChatConfig, around: Surroundings) -> None:
        self._base = URL(config.api_url)
        self._around = around
        self._stable = StableToken(account, config, around)
        self._token = LentToken(account, around, self._stable.borrow)

    async def check(self) -> None:
        """Try the credentials."""
        await self._stable.borrow()

    async def send(self, message: dict[str, Any]) -> None:
        """A customer-service message (客服消息); WeChat gives it no name."""
        await self._post("cgi-bin/message/custom/send", message)

    async def send_template(self, message: dict[str, Any], *, once: bool) -> str:
        """A template message, or (`once`) a notice the customer agreed to; WeChat's name for it, if it gives one."""
        found = await self._post(NOTICES if once else TEMPLATES, message)
        return str(found.get("msgid", ""))

    async def show_typing(self, openid: str) -> None:
        """Show for 15 seconds that somebody is writing; that WeChat would rather not is no error."""
        try:
            await self._post("cgi-bin/message/custom/typing", {"touser": openid, "command": "Typing"}, repeatable=True)
        except SendError as error:
            if error.code not in UNIMPORTANT:
                raise

    async def publish_menu(self, buttons: Sequence[Button]) -> None:
        """Replace the account's menu; phones show it within a day, or after following anew."""
        await self._post("cgi-bin/menu/create", menu_json(buttons), repeatable=True)

    async def remove_menu(self) -> None:
        """Take the account's menu away."""
        answer = await self._call("GET", "cgi-bin/menu/delete", repeatable=True)
        self._read(answer, needs="errcode", repeatable=True)

    async def make_scene_code(self, scene: str, lasts: timedelta | None = timedelta(days=30)) -> SceneCode:
        """A QR code that tells `scene` (1 to 64 characters) to us when it is scanned.

        It `lasts` up to 30 days; with None for ever, of which an account has 100,000.
        """
        wish = scene_wish(scene, lasts)
        found = await self._post("cgi-bin/qrcode/create", wish, needs="ticket", repeatable=True)
        return scene_code(found, pictures_at(self._base))

    async def picture_of(self, code: SceneCode) -> bytes:
        """A JPEG to print, of a code that was just made."""
        url = URL(code.picture)
        return _file(await ask(self._around, "GET", url, repeatable=True, max_bytes=MAX_FILE), url).content

    async def upload(self, kind: str, name: str, content: bytes) -> str:
        """Lend WeChat a file for 3 days; its media id."""
        answer = await self._call(
            "POST", "cgi-bin/media/upload", repeatable=True, body=lambda: file_form("media", name, content), type=kind
        )
        named = "thumb_media_id" if kind == "thumb" else "media_id"
        return str(self._read(answer, needs=named, repeatable=True)[named])

    async def download(self, media_id: str) -> File:
        """A customer's file; of a video WeChat tells the address first."""
        answer = await self._call("GET", "cgi-bin/media/get", repeatable=True, media_id=media_id)
        if answer.json() is None:
            return _file(answer, self._base)
        address = self._read(answer, needs="video_url", repeatable=True)["video_url"]
        video = self._trusted(str(address))
        return _file(await ask(self._around, "GET", video, repeatable=True, max_bytes=MAX_FILE), video)

    async def _post(
        self, path: str, content: dict[str, Any], *, needs: str = "errcode", repeatable: bool = False
    ) -> dict[str, Any]:
        answer = await self._call("POST", path, repeatable=repeatable, body=lambda: json_body(content))
        return self._read(answer, needs=needs, repeatable=repeatable)

    def _read(self, answer: Answer, *, needs: str, repeatable: bool) -> dict[str, Any]:
        return read_answer(answer, self._base, needs=needs, repeatable=repeatable, now=self._around.clock())

    async def _call(
        self, method: str, path: str, *, repeatable: bool, body: Body = lambda: None, **query: str
    ) -> Answer:
        async def attempt(token: str) -> Answer:
            url = (self._base / path).with_query(access_token=token, **query)
            return await ask(self._around, method, url, repeatable=repeatable, data=body(), max_bytes=MAX_FILE)

        return await self._token.spend(attempt, _refuses_token)

    def _trusted(self, address: str) -> URL:
        """The address itself if it is WeChat's; whoever could choose it would make us call into our own network."""
        url = URL(address) if is_web_address(address) else URL()
        if url.authority == self._base.authority:
            return url.with_scheme(self._base.scheme)
        if url.host and url.host.endswith(".qq.com") and url.explicit_port is None:
            return url.with_scheme("https")
        raise Rejected("WeChat named an address for the video that is not its own")


def _refuses_token(answer: Answer) -> bool:
    found = answer.json()
    return found is not None and str(found.get("errcode")) in TOKEN_REFUSED


def _file(answer: Answer, url: URL) -> File:
    if answer.status != 200:
        raise unreadable(answer, url, repeatable=True)
    return file_of(answer)
