"""WeChat's API for an Official Account: tokens, customer-service messages, temporary media.

Every refusal is an errcode inside HTTP 200. Sections 3.2 to 3.6 of the channel protocols name the provider's pages.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from conversations.ids import new_id
from lab.books import Customer, Heard, Option, Refused
from lab.config import AccountConfig
from lab.media import MediaGone, sniff
from lab.misbehaviour import Answers, answer
from lab.wechat.tokens import StableTokens, WeChatRefuses
from lab.wechat.windows import Windows
from lab.world import World

TEXT_BYTES = 2048
IMAGE_BYTES = 10 * 1024 * 1024

Take = Callable[[web.Request], Awaitable[web.Response]]


class WeChat:
    """The provider's servers."""

    def __init__(self, world: World, windows: Windows) -> None:
        self.tokens = StableTokens(world.clock)
        self._world = world
        self._windows = windows
        self._accounts = {account.settings["app_id"]: account for account in world.config.of_kind("wechat")}

    def routes(self) -> list[web.RouteDef]:
        """What it serves."""
        return [
            web.post("/wechat/cgi-bin/stable_token", self._serve(self._stable_token)),
            web.post("/wechat/cgi-bin/message/custom/send", self._serve(self._custom_send)),
            web.post("/wechat/cgi-bin/media/upload", self._serve(self._upload)),
            web.get("/wechat/cgi-bin/media/get", self._serve(self._download)),
        ]

    def _serve(self, take: Take) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handler(request: web.Request) -> web.StreamResponse:
            return await answer(request, self._world.manners["wechat"], lambda: self._answer(request, take))

        return handler

    async def _answer(self, request: web.Request, take: Take) -> web.Response:
        try:
            if self._world.manners["wechat"].answers is Answers.BUSY:
                raise WeChatRefuses(-1)
            return await take(request)
        except WeChatRefuses as refusal:
            self._note_refusal(request, refusal)
            return web.json_response({"errcode": refusal.code, "errmsg": f"{refusal} rid: {new_id()[:24]}"})

    def _note_refusal(self, request: web.Request, refusal: WeChatRefuses) -> None:
        self._world.books.write(
            Refused(at=self._world.clock(), where=request.path, code=str(refusal.code), text=str(refusal))
        )

    async def _stable_token(self, request: web.Request) -> web.Response:
        asked = await _json(request)
        if asked.get("grant_type") != "client_credential":
            raise WeChatRefuses(40002)
        account = self._accounts.get(asked.get("appid", ""))
        if account is None:
            raise WeChatRefuses(40013)
        if asked.get("secret") != account.settings["app_secret"]:
            raise WeChatRefuses(40125)
        token, seconds = self.tokens.issue(asked["appid"], force=asked.get("force_refresh") is True)
        return web.json_response({"access_token": token, "expires_in": seconds})

    async def _custom_send(self, request: web.Request) -> web.Response:
        account = self._account(request)
        message = await _json(request)
        customer = self._world.people.with_openid(account.settings["app_id"], str(message.get("touser", "")))
        if customer is None:
            raise WeChatRefuses(40003)
        read = _READ.get(message.get("msgtype", ""))
        if read is None:
            raise WeChatRefuses(40008)
        self._windows.check(account.id, customer.name)
        heard = read(self._blank(account, customer), message)
        self._check_medium(heard)
        self._world.books.write(heard)
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def _blank(self, account: AccountConfig, customer: Customer) -> dict[str, Any]:
        made = new_id()
        return {"id": made, "key": made, "at": self._world.clock(), "account": account.id, "customer": customer.name}

    def _check_medium(self, heard: Heard) -> None:
        try:
            if heard.kind == "image":
                self._world.media.find(heard.medium, heard.account)
        except MediaGone:
            raise WeChatRefuses(40007) from None

    async def _upload(self, request: web.Request) -> web.Response:
        account = self._account(request)
        if request.query.get("type") != "image":
            raise WeChatRefuses(40004)
        content = await _file(request)
        if not content:
            raise WeChatRefuses(41005)
        if len(content) > IMAGE_BYTES:
            raise WeChatRefuses(45001)
        if not sniff(content):
            raise WeChatRefuses(40004)
        medium = self._world.media.keep(account.id, content)
        return web.json_response({"type": "image", "media_id": medium.id, "created_at": _seconds(medium.at)})

    async def _download(self, request: web.Request) -> web.Response:
        account = self._account(request)
        try:
            medium = self._world.media.find(request.query.get("media_id", ""), account.id)
        except MediaGone:
            raise WeChatRefuses(40007) from None
        name = {"Content-Disposition": f'attachment; filename="{medium.id}.{medium.mime.partition("/")[2]}"'}
        return web.Response(body=self._world.media.content(medium), content_type=medium.mime, headers=name)

    def _account(self, request: web.Request) -> AccountConfig:
        return self._accounts[self.tokens.owner(request.query.get("access_token", ""))]


def _text(blank: Mapping[str, Any], message: Mapping[str, Any]) -> Heard:
    return Heard(**blank, kind="text", text=_sized(_within(message, "text", "content")))


def _image(blank: Mapping[str, Any], message: Mapping[str, Any]) -> Heard:
    return Heard(**blank, kind="image", medium=_within(message, "image", "media_id"))


def _menu(blank: Mapping[str, Any], message: Mapping[str, Any]) -> Heard:
    menu = message.get("msgmenu")
    if not isinstance(menu, dict) or not isinstance(menu.get("list"), list):
        raise WeChatRefuses(47001)
    options = tuple(map(_option, menu["list"]))
    words = "\n".join(filter(None, (menu.get("head_content"), menu.get("tail_content"))))
    return Heard(**blank, kind="msgmenu", text=_sized(words), options=options)


def _option(raw: Any) -> Option:
    if not isinstance(raw, dict) or not {"id", "content"} <= raw.keys():
        raise WeChatRefuses(47001)
    return Option(id=str(raw["id"]), label=str(raw["content"]))


_READ: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Heard]] = {
    "text": _text,
    "image": _image,
    "msgmenu": _menu,
}


def _within(message: Mapping[str, Any], part: str, name: str) -> str:
    inner = message.get(part)
    if not isinstance(inner, dict) or not isinstance(inner.get(name), str):
        raise WeChatRefuses(47001)
    if not inner[name]:
        raise WeChatRefuses(44004)
    return str(inner[name])


def _sized(text: str) -> str:
    if len(text.encode()) > TEXT_BYTES:
        raise WeChatRefuses(45002)
    return text


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        read = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise WeChatRefuses(47001) from None
    if not isinstance(read, dict):
        raise WeChatRefuses(47001)
    return read


async def _file(request: web.Request) -> bytes:
    """The bytes of the form field `media`."""
    if not request.content_type.startswith("multipart/"):
        return b""
    field = (await request.post()).get("media")
    return field.file.read() if isinstance(field, web.FileField) else b""


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
