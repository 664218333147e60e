"""WeChat's interface for Official Accounts: the few calls we make."""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import Any

import aiohttp
from yarl import URL

from channels.contract import Surroundings
from channels.http import Answer, ask, is_web_address, json_body, unreadable
from channels.wechat.config import WeChatConfig
from channels.wechat.errors import TOKEN_REFUSED, read_answer
from channels.wechat.token import AccessToken
from conversations.errors import ProviderUnavailable, Rejected
from conversations.ids import AccountId

MAX_FILE = 20 * 1024 * 1024
"""Bytes of a customer's file; WeChat's own limit is 10 MB."""

Body = Callable[[], aiohttp.Payload | aiohttp.FormData | None]
"""Makes the body of a request anew, since a form can be read only once."""


@dataclass(frozen=True)
class File:
    """A downloaded file and what WeChat said about it."""

    content: bytes
    mime: str
    name: str


class WeChatApi:
    """Calls with a token, which is replaced exactly once when WeChat refuses it."""

    def __init__(self, account: AccountId, config: WeChatConfig, around: Surroundings) -> None:
        self._base = URL(config.api_url)
        self._around = around
        self._token = AccessToken(account, config, around)

    async def check(self) -> None:
        """Try the credentials."""
        await self._token.fetch()

    async def send(self, message: dict[str, Any]) -> None:
        """A customer-service message (客服消息); WeChat gives it no name."""
        path = "cgi-bin/message/custom/send"
        answer = await self._call("POST", path, repeatable=False, body=lambda: json_body(message))
        read_answer(answer, self._base, needs="errcode", repeatable=False)

    async def upload(self, kind: str, name: str, content: bytes) -> str:
        """Lend WeChat a file for 3 days; its media id."""
        path = "cgi-bin/media/upload"
        answer = await self._call("POST", path, repeatable=True, body=lambda: _form(name, content), type=kind)
        return str(read_answer(answer, self._base, needs="media_id", repeatable=True)["media_id"])

    async def download(self, media_id: str) -> File:
        """A customer's file; of a video WeChat tells the address first."""
        answer = await self._call("GET", "cgi-bin/media/get", repeatable=True, media_id=media_id)
        if answer.json() is None:
            return _file(answer, self._base)
        address = read_answer(answer, self._base, needs="video_url", repeatable=True)["video_url"]
        video = self._trusted(str(address))
        return _file(await ask(self._around, "GET", video, repeatable=True, max_bytes=MAX_FILE), video)

    async def _call(
        self, method: str, path: str, *, repeatable: bool, body: Body = lambda: None, **query: str
    ) -> Answer:
        async def attempt(token: str) -> Answer:
            url = (self._base / path).with_query(access_token=token, **query)
            return await ask(self._around, method, url, repeatable=repeatable, data=body(), max_bytes=MAX_FILE)

        token = await self._token.current()
        answer = await attempt(token)
        if not _refuses_token(answer):
            return answer
        answer = await attempt(await self._token.after(token))
        if _refuses_token(answer):
            raise ProviderUnavailable("WeChat refuses the access token that it has just given out")
        return answer

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
    return found is not None and found.get("errcode") in TOKEN_REFUSED


def _form(name: str, content: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("media", content, filename=name)
    return form


def _file(answer: Answer, url: URL) -> File:
    if answer.status != 200:
        raise unreadable(answer, url, repeatable=True)
    header = Message()
    header["content-type"] = answer.headers.get("content-type", "application/octet-stream")
    header["content-disposition"] = answer.headers.get("content-disposition", "")
    return File(answer.body, header.get_content_type(), header.get_filename(""))
