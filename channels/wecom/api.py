"""WeCom's interface for customer service: the few calls we make. Pages of developer.work.weixin.qq.com/document."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
from yarl import URL

from channels.contract import Surroundings, Token, WebhookRequest
from channels.files import File, file_form, file_of
from channels.http import Answer, ask, json_body, unreadable
from channels.lent_token import LentToken
from channels.wecom.config import WeComConfig
from channels.wecom.errors import TOKEN_REFUSED, is_repetition, read_answer
from conversations.errors import SendError
from conversations.ids import AccountId

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of an answer: a thousand messages, or a file, which has up to 20 MB."""

PAGE = "SYNC"
"""The method of a `WebhookRequest` that is a page of news, which we fetched ourselves."""

Body = Callable[[], aiohttp.Payload | aiohttp.FormData | None]
"""Makes the body of a request anew, since a form can be read only once."""


@dataclass(frozen=True)
class Page:
    """Some news in order, as WeCom wrote them, and where the next begin."""

    request: WebhookRequest
    entries: tuple[Any, ...]
    cursor: str
    has_more: bool


class WeComApi:
    """Calls with a token, which is replaced exactly once when WeCom refuses it."""

    def __init__(self, account: AccountId, config: WeComConfig, around: Surroundings) -> None:
        self._config = config
        self._base = URL(config.api_url)
        self._around = around
        self._token = LentToken(account, around, lambda _refused: self.borrow_token())

    async def borrow_token(self) -> Token:
        """Ask with the company's credentials (path/91039). WeCom gives the same token again while it is good."""
        url = self._base / "cgi-bin/gettoken"
        query = {"corpid": self._config.corp_id, "corpsecret": self._config.secret}
        answer = await ask(self._around, "GET", url.with_query(query), repeatable=True)
        found = read_answer(answer, url, needs="access_token", repeatable=True)
        lifetime = timedelta(seconds=int(found.get("expires_in", 7200)))
        return Token(str(found["access_token"]), self._around.clock() + lifetime)

    async def manages(self, open_kfid: str) -> bool:
        """Whether this app may serve the account (path/94691)."""
        offset, size = 0, 100
        while True:
            found = await self._post("kf/account/list", {"offset": offset, "limit": size}, repeatable=True)
            accounts = found.get("account_list") or []
            if any(_may_serve(account, open_kfid) for account in accounts):
                return True
            if len(accounts) < size:
                return False
            offset += size

    async def send(self, message: Mapping[str, Any]) -> None:
        """One message to a customer (path/94677); a repetition of its `msgid` changes nothing."""
        try:
            await self._post("kf/send_msg", message, needs="msgid", repeatable=False)
        except SendError as error:
            if not is_repetition(error):
                raise

    async def send_on_event(self, message: Mapping[str, Any]) -> None:
        """One answer to an event that brought a code (path/95122), within 20 seconds."""
        await self._post("kf/send_msg_on_event", message, needs="msgid", repeatable=False)

    async def page(self, place: str, token: str) -> Page:
        """The news of our account behind this place (path/94670). Voices come as AMR."""
        wish = {"cursor": place, "token": token, "limit": 1000, "voice_format": 0, "open_kfid": self._config.open_kfid}
        url = self._base / "cgi-bin/kf/sync_msg"
        answer = await self._call("POST", "kf/sync_msg", repeatable=True, body=lambda: json_body(wish))
        found = read_answer(answer, url, needs="errcode", repeatable=True)
        entries = found.get("msg_list") or []
        if not isinstance(entries, list):
            raise unreadable(answer, url, repeatable=True)
        request = WebhookRequest(method=PAGE, url=str(url), body=answer.body, received_at=self._around.clock())
        return Page(request, tuple(entries), str(found.get("next_cursor") or place), found.get("has_more") == 1)

    async def nicknames(self, userids: Sequence[str]) -> dict[str, str]:
        """What up to 100 customers call themselves in WeChat (document/31072)."""
        found = await self._post("kf/customer/batchget", {"external_userid_list": list(userids)}, repeatable=True)
        customers = found.get("customer_list") or []
        return {str(customer.get("external_userid")): str(customer.get("nickname") or "") for customer in customers}

    async def upload(self, kind: str, name: str, content: bytes) -> str:
        """Lend WeCom a file for 3 days (path/90253); its media id."""

        def form() -> aiohttp.FormData:
            return file_form("media", name, content)

        answer = await self._call("POST", "media/upload", repeatable=True, body=form, type=kind)
        return str(read_answer(answer, self._base, needs="media_id", repeatable=True)["media_id"])

    async def download(self, media_id: str) -> File:
        """A customer's file (path/90254); an error comes without a name for a file."""
        answer = await self._call("GET", "media/get", repeatable=True, media_id=media_id)
        if "content-disposition" not in answer.headers:
            read_answer(answer, self._base, needs="a file", repeatable=True)
        return file_of(answer)

    async def _post(
        self, path: str, message: Mapping[str, Any], *, needs: str = "errcode", repeatable: bool
    ) -> dict[str, Any]:
        answer = await self._call("POST", path, repeatable=repeatable, body=lambda: json_body(message))
        return read_answer(answer, self._base, needs=needs, repeatable=repeatable)

    async def _call(
        self, method: str, path: str, *, repeatable: bool, body: Body = lambda: None, **query: str
    ) -> Answer:
        async def attempt(token: str) -> Answer:
            url = (self._base / "cgi-bin" / path).with_query(access_token=token, **query)
            return await ask(self._around, method, url, repeatable=repeatable, data=body(), max_bytes=MAX_ANSWER)

        return await self._token.spend(attempt, _refuses_token)


def _may_serve(account: Mapping[str, Any], open_kfid: str) -> bool:
    return account.get("open_kfid") == open_kfid and account.get("manage_privilege") is not False


def _refuses_token(answer: Answer) -> bool:
    found = answer.json()
    return found is not None and found.get("errcode") in TOKEN_REFUSED
