"""WeCom's API for customer service: tokens, the stream, messages, files. Every refusal is an errcode inside HTTP 200.

https://developer.work.weixin.qq.com/document/path/94670 (sync_msg), 94677 (send_msg), 95122 (send_msg_on_event),
94691 (account/list), 31072 (customer/batchget), 90253 and 90254 (media), 91039 (gettoken)
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from aiohttp import web

from conversations.ids import new_id
from lab.books import Heard, Refused, Reported
from lab.config import AccountConfig
from lab.media import MediaGone, sniff
from lab.misbehaviour import Answers, Receipts, answer
from lab.wecom.messages import read_message, read_msgid
from lab.wecom.people import Known
from lab.wecom.phone import WeComPhone
from lab.wecom.refusals import WeComRefuses
from lab.wecom.sessions import Sessions
from lab.wecom.stream import MOST, Streams
from lab.wecom.tokens import App, Tokens, app_of
from lab.world import World

MEGABYTE = 1024 * 1024
UPLOADS: Mapping[str, tuple[int, int]] = {
    "image": (10 * MEGABYTE, 40009),
    "voice": (2 * MEGABYTE, 45001),
    "video": (10 * MEGABYTE, 40011),
    "file": (20 * MEGABYTE, 45001),
}
"""How large a file may be, and what is said to a larger one."""

Take = Callable[[web.Request], Awaitable[web.Response]]


class WeCom:
    """The provider's servers."""

    def __init__(self, world: World, streams: Streams, sessions: Sessions, phone: WeComPhone) -> None:
        self.tokens = Tokens(world.clock)
        self._world = world
        self._streams = streams
        self._sessions = sessions
        self._phone = phone
        self._known = Known(world.people)
        self._accounts = world.config.of_kind("wecom")

    def routes(self) -> list[web.RouteDef]:
        """What it serves."""
        return [
            web.get("/wecom/cgi-bin/gettoken", self._serve(self._get_token)),
            web.post("/wecom/cgi-bin/kf/account/list", self._serve(self._list_accounts)),
            web.post("/wecom/cgi-bin/kf/sync_msg", self._serve(self._sync)),
            web.post("/wecom/cgi-bin/kf/send_msg", self._serve(self._send)),
            web.post("/wecom/cgi-bin/kf/send_msg_on_event", self._serve(self._send_on_event)),
            web.post("/wecom/cgi-bin/kf/customer/batchget", self._serve(self._nicknames)),
            web.post("/wecom/cgi-bin/media/upload", self._serve(self._upload)),
            web.get("/wecom/cgi-bin/media/get", self._serve(self._download)),
        ]

    def _serve(self, take: Take) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handler(request: web.Request) -> web.StreamResponse:
            return await answer(request, self._world.manners["wecom"], lambda: self._answer(request, take))

        return handler

    async def _answer(self, request: web.Request, take: Take) -> web.Response:
        try:
            if self._world.manners["wecom"].answers is Answers.BUSY:
                raise WeComRefuses(-1)
            return await take(request)
        except WeComRefuses as refusal:
            code, text = refusal.code, f"{refusal}, hint: [{new_id()[:24]}]"
            at = self._world.clock()
            self._world.books.write(Refused(at=at, where=request.path, code=str(code), text=str(refusal)))
            return web.json_response({"errcode": code, "errmsg": text})

    async def _get_token(self, request: web.Request) -> web.Response:
        corp_id, secret = request.query.get("corpid", ""), request.query.get("corpsecret", "")
        if not corp_id or not secret:
            raise WeComRefuses(41004 if corp_id else 41002)
        apps = {app_of(account) for account in self._accounts}
        if corp_id not in {corp for corp, _ in apps}:
            raise WeComRefuses(40013)
        if (corp_id, secret) not in apps:
            raise WeComRefuses(40001)
        token, seconds = self.tokens.issue((corp_id, secret))
        return _ok(access_token=token, expires_in=seconds)

    async def _list_accounts(self, request: web.Request) -> web.Response:
        app, asked = self._app(request), await _json(request)
        offset, limit = asked.get("offset", 0), asked.get("limit", 100)
        if not (isinstance(offset, int) and isinstance(limit, int) and 0 < limit <= 100):
            raise WeComRefuses(40058, "limit")
        listed = [
            {"open_kfid": account.settings["open_kfid"], "name": account.name, "manage_privilege": True}
            for account in self._accounts
            if app_of(account) == app
        ]
        return _ok(account_list=listed[offset : offset + limit])

    async def _sync(self, request: web.Request) -> web.Response:
        app, asked = self._app(request), await _json(request)
        stream = self._streams.of(self._account(app, asked))
        cursor, limit = asked.get("cursor", ""), asked.get("limit", MOST)
        if not isinstance(cursor, str) or not (isinstance(limit, int) and 0 < limit <= MOST):
            raise WeComRefuses(40058)
        stream.check(str(asked.get("token", "")))
        entries, behind, more = stream.page(cursor, limit)
        return _ok(next_cursor=behind, has_more=int(more), msg_list=list(entries))

    async def _send(self, request: web.Request) -> web.Response:
        app, message = self._app(request), await _json(request)
        account = self._account(app, message)
        customer = self._known.find(app[0], str(message.get("touser", "")))
        if customer is None:
            raise WeComRefuses(40096)
        msgid, shown = read_msgid(message), read_message(message)
        self._sessions.check(account.id, customer.name, msgid)
        self._check_medium(account, shown.get("medium", ""))
        self._world.books.write(self._heard(account, customer.name, msgid, shown))
        if self._world.manners["wecom"].receipts is Receipts.FAILED:
            self._fail(account, customer.name, msgid)
        return _ok(msgid=msgid)

    async def _send_on_event(self, request: web.Request) -> web.Response:
        self._app(request)
        message = await _json(request)
        shown = read_message(message, "text", "msgmenu")
        account_id, customer = self._sessions.use_code(str(message.get("code", "")))
        account = self._world.config.account(account_id)
        msgid = str(message.get("msgid") or new_id())
        self._world.books.write(self._heard(account, customer, msgid, {**shown, "kind": "welcome", "passive": True}))
        return _ok(msgid=msgid)

    async def _nicknames(self, request: web.Request) -> web.Response:
        app, asked = self._app(request), await _json(request)
        userids = asked.get("external_userid_list")
        if not isinstance(userids, list) or not 1 <= len(userids) <= 100:
            raise WeComRefuses(40058, "external_userid_list")
        found = {str(userid): self._known.find(app[0], str(userid)) for userid in userids}
        listed = [
            {"external_userid": userid, "nickname": who.name, "gender": 0} for userid, who in found.items() if who
        ]
        return _ok(customer_list=listed, invalid_external_userid=[userid for userid, who in found.items() if not who])

    async def _upload(self, request: web.Request) -> web.Response:
        app, kind = self._app(request), request.query.get("type", "")
        if kind not in UPLOADS:
            raise WeComRefuses(40005)
        content = await _file(request)
        most, too_large = UPLOADS[kind]
        if len(content) <= 5:
            raise WeComRefuses(40006)
        if len(content) > most:
            raise WeComRefuses(too_large)
        if kind == "image" and sniff(content) not in ("image/jpeg", "image/png"):
            raise WeComRefuses(40004)
        medium = self._world.media.keep(app[0], content)
        return _ok(type=kind, media_id=medium.id, created_at=str(int(medium.at.timestamp())))

    async def _download(self, request: web.Request) -> web.Response:
        app, wanted = self._app(request), request.query.get("media_id", "")
        try:
            medium = self._world.media.find(wanted)
        except MediaGone:
            raise WeComRefuses(40007) from None
        if medium.account not in {app[0], *(each.id for each in self._accounts if app_of(each) == app)}:
            raise WeComRefuses(40007)
        mime = medium.mime or "application/octet-stream"
        name = {"Content-Disposition": f'attachment; filename="{medium.id}.{mime.partition("/")[2]}"'}
        return web.Response(body=self._world.media.content(medium), content_type=mime, headers=name)

    def _app(self, request: web.Request) -> App:
        return self.tokens.owner(request.query.get("access_token", ""))

    def _account(self, app: App, asked: Mapping[str, Any]) -> AccountConfig:
        for account in self._accounts:
            if app_of(account) == app and account.settings["open_kfid"] == asked.get("open_kfid"):
                return account
        raise WeComRefuses(95000)

    def _check_medium(self, account: AccountConfig, medium: str) -> None:
        """A file belongs to the company, whatever app lent it."""
        try:
            if medium:
                self._world.media.find(medium, account.settings["corp_id"])
        except MediaGone:
            raise WeComRefuses(40007) from None

    def _heard(self, account: AccountConfig, customer: str, msgid: str, shown: Mapping[str, Any]) -> Heard:
        return Heard(
            id=new_id(), at=self._world.clock(), account=account.id, customer=customer, key=msgid, **dict(shown)
        )

    def _fail(self, account: AccountConfig, customer: str, msgid: str) -> None:
        """What WeCom accepted does not reach the customer; it says so later."""
        code = self._world.manners["wecom"].failure_code
        reported = Reported(
            id=new_id(),
            at=self._world.clock(),
            account=account.id,
            customer=customer,
            key=msgid,
            success=False,
            code=code,
        )
        self._world.books.write(reported)
        reason = int(code) if code.isdecimal() else 0
        event = self._phone.event(account, customer, "msg_send_fail", fail_msgid=msgid, fail_type=reason)
        self._world.errands.run(self._phone.tell(account, event, reported.id))


def _ok(**fields: Any) -> web.Response:
    return web.json_response({"errcode": 0, "errmsg": "ok", **fields})


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        read = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise WeComRefuses(47001) from None
    if not isinstance(read, dict):
        raise WeComRefuses(47001)
    return read


async def _file(request: web.Request) -> bytes:
    """The bytes of the form field `media`."""
    if not request.content_type.startswith("multipart/"):
        return b""
    field = (await request.post()).get("media")
    return field.file.read() if isinstance(field, web.FileField) else b""
