"""WeChat's API for an Official Account: tokens, messages, templates, temporary media, the menu and QR codes.

Every refusal is an errcode inside HTTP 200. Sections 3.2 to 3.6 of the channel protocols name the provider's pages.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from conversations.ids import new_id
from lab.books import Customer, Heard, Refused
from lab.config import AccountConfig
from lab.media import MediaGone
from lab.misbehaviour import Answers, answer
from lab.wechat.files import MP4, SUFFIXES, check_file, kind_of, mime_of
from lab.wechat.messages import read_message, thumb_of
from lab.wechat.refusals import WeChatRefuses
from lab.wechat.results import Results
from lab.wechat.setup import Codes, MenuBar
from lab.wechat.templates import Templates
from lab.wechat.tokens import StableTokens
from lab.wechat.windows import Follower, Windows
from lab.world import World

Take = Callable[[web.Request], Awaitable[web.Response]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ESCAPED = re.compile(rb"(?<!\\)((?:\\\\)*)\\u(?!00[01])")
"""A character that JSON need not have escaped."""

CODE_PICTURE = (Path(__file__).parent / "code.jpg").read_bytes()

TYPING_LASTS = timedelta(seconds=15)


class WeChat:
    """The provider's servers."""

    def __init__(self, world: World, windows: Windows, menu: MenuBar, codes: Codes, templates: Templates) -> None:
        self.tokens = StableTokens(world.clock)
        self._world = world
        self._windows = windows
        self._menu = menu
        self._codes = codes
        self._templates = templates
        self._results = Results(world)
        self._typing: dict[Follower, datetime] = {}
        self._accounts = {account.settings["app_id"]: account for account in world.config.of_kind("wechat")}

    def routes(self) -> list[web.RouteDef]:
        """What it serves."""
        posts: dict[str, Take] = {
            "stable_token": self._stable_token,
            "message/custom/send": self._custom_send,
            "message/custom/typing": self._type,
            "message/template/send": self._send_template,
            "message/subscribe/bizsend": self._send_notice,
            "media/upload": self._upload,
            "menu/create": self._create_menu,
            "qrcode/create": self._create_code,
        }
        gets: dict[str, Take] = {"media/get": self._download, "menu/delete": self._delete_menu}
        return [
            *(web.post(f"/wechat/cgi-bin/{path}", self._serve(take)) for path, take in posts.items()),
            *(web.get(f"/wechat/cgi-bin/{path}", self._serve(take)) for path, take in gets.items()),
            web.get("/wechat/video/{id}", self._video),
            web.get("/wechat/cgi-bin/showqrcode", self._show_code),
        ]

    def shows_typing(self, account: str, customer: str) -> bool:
        """Whether a follower sees that somebody is writing."""
        until = self._typing.get((account, customer))
        return until is not None and until > self._world.clock()

    def _serve(self, take: Take) -> Handler:
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
        account, message, customer = await self._addressed(request)
        self._windows.check(account.id, customer.name)
        heard = read_message(self._blank(account, customer), message)
        self._check_files(heard, message)
        self._world.books.write(heard)
        return _done()

    async def _type(self, request: web.Request) -> web.Response:
        account, asked, customer = await self._addressed(request)
        follower = (account.id, customer.name)
        if asked.get("command") == "CancelTyping":
            self._typing.pop(follower, None)
            return _done()
        if asked.get("command") != "Typing":
            raise WeChatRefuses(45072)
        self._windows.check_talking(*follower)
        if self.shows_typing(*follower):
            raise WeChatRefuses(45081)
        self._typing[follower] = self._world.clock() + TYPING_LASTS
        return _done()

    async def _send_template(self, request: web.Request) -> web.Response:
        return await self._send_registered(request, notice=False)

    async def _send_notice(self, request: web.Request) -> web.Response:
        return await self._send_registered(request, notice=True)

    async def _send_registered(self, request: web.Request, *, notice: bool) -> web.Response:
        account, message, customer = await self._addressed(request)
        sent = self._templates.send(account, customer, message, notice=notice)
        if isinstance(sent, int):
            return _done(msgid=sent)
        await self._results.report(sent)
        return _done(msgid=sent.message_id)

    async def _create_menu(self, request: web.Request) -> web.Response:
        self._menu.create(self._account(request).id, await _json(request))
        return _done()

    async def _delete_menu(self, request: web.Request) -> web.Response:
        self._menu.delete(self._account(request).id)
        return _done()

    async def _create_code(self, request: web.Request) -> web.Response:
        return web.json_response(self._codes.create(self._account(request).id, await _json(request)))

    async def _addressed(self, request: web.Request) -> tuple[AccountConfig, dict[str, Any], Customer]:
        account = self._account(request)
        message = await _json(request)
        customer = self._world.people.with_openid(account.settings["app_id"], str(message.get("touser", "")))
        if customer is None:
            raise WeChatRefuses(40003)
        return account, message, customer

    def _blank(self, account: AccountConfig, customer: Customer) -> dict[str, Any]:
        made = new_id()
        return {"id": made, "key": made, "at": self._world.clock(), "account": account.id, "customer": customer.name}

    def _check_files(self, heard: Heard, message: dict[str, Any]) -> None:
        if heard.medium:
            self._check_file(heard.account, heard.medium, heard.kind)
        if heard.kind == "video":
            self._check_file(heard.account, thumb_of(message), "image")

    def _check_file(self, account: str, media_id: str, kind: str) -> None:
        try:
            medium = self._world.media.find(media_id, account)
        except MediaGone:
            raise WeChatRefuses(40007) from None
        if kind_of(self._world.media.content(medium)) != kind:
            raise WeChatRefuses(40007)

    async def _upload(self, request: web.Request) -> web.Response:
        account, kind = self._account(request), request.query.get("type", "")
        content = await _file(request)
        check_file(kind, content)
        medium = self._world.media.keep(account.id, content)
        named = "thumb_media_id" if kind == "thumb" else "media_id"
        return web.json_response({"type": kind, named: medium.id, "created_at": int(medium.at.timestamp())})

    async def _download(self, request: web.Request) -> web.Response:
        """A file itself; of a video its address, which needs no token."""
        account = self._account(request)
        try:
            medium = self._world.media.find(request.query.get("media_id", ""), account.id)
        except MediaGone:
            raise WeChatRefuses(40007) from None
        content = self._world.media.content(medium)
        mime = mime_of(content)
        if mime == MP4:
            return web.json_response({"video_url": f"{request.url.origin()}/wechat/video/{medium.id}"})
        suffix = SUFFIXES.get(mime, mime.partition("/")[2])
        name = {"Content-Disposition": f'attachment; filename="{medium.id}.{suffix}"'}
        return web.Response(body=content, content_type=mime, headers=name)

    async def _video(self, request: web.Request) -> web.Response:
        try:
            medium = self._world.media.find(request.match_info["id"])
        except MediaGone:
            raise web.HTTPNotFound from None
        return web.Response(body=self._world.media.content(medium), content_type=MP4)

    async def _show_code(self, request: web.Request) -> web.Response:
        """The picture of a code, which nobody's telephone reads: the lab's phones scan by the scene."""
        if not self._codes.is_ticket(request.query.get("ticket", "")):
            raise web.HTTPNotFound
        return web.Response(body=CODE_PICTURE, content_type="image/jpg")

    def _account(self, request: web.Request) -> AccountConfig:
        return self._accounts[self.tokens.owner(request.query.get("access_token", ""))]


def _done(**more: int) -> web.Response:
    return web.json_response({"errcode": 0, "errmsg": "ok", **more})


async def _json(request: web.Request) -> dict[str, Any]:
    """The JSON in a request. WeChat does not understand `\\u` escapes: customers see them as they are."""
    try:
        read = orjson.loads(ESCAPED.sub(rb"\1\\\\u", await request.read()))
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
