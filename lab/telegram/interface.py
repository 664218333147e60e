"""The Bot API over HTTP: a token and a method in the path, parameters in JSON, a form or the query.

https://core.telegram.org/bots/api#making-requests
"""

from typing import Any

import orjson
from aiohttp import web

from lab.books import Refused
from lab.media import MediaGone
from lab.misbehaviour import Answers, answer
from lab.telegram.bots import Bots, TelegramRefuses
from lab.telegram.methods import Asked, Methods, Upload
from lab.world import World

BUSY_SECONDS = 3


class BotApi:
    """The provider's servers."""

    def __init__(self, world: World, bots: Bots, methods: Methods) -> None:
        self._world = world
        self._bots = bots
        self._methods = methods

    def routes(self) -> list[web.RouteDef]:
        """What it serves."""
        return [
            *(web.route(verb, "/telegram/bot{token}/{method}", self._serve) for verb in ("GET", "POST")),
            web.get("/telegram/file/bot{token}/files/{id}", self._download),
        ]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        return await answer(request, self._world.manners["telegram"], lambda: self._answer(request))

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        try:
            return _json({"ok": True, "result": await self._result(request, method)})
        except TelegramRefuses as refusal:
            self._world.books.write(
                Refused(at=self._world.clock(), where=method, code=str(refusal.code), text=str(refusal))
            )
            return _refusal(refusal)

    async def _result(self, request: web.Request, method: str) -> object:
        bot = self._bots.with_token(request.match_info["token"])
        if self._world.manners["telegram"].answers is Answers.BUSY:
            raise TelegramRefuses(429, f"Too Many Requests: retry after {BUSY_SECONDS}", retry_after=BUSY_SECONDS)
        return await self._methods.call(method, bot, self._bots.chats, await _asked(request))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file of this bot's; the path came with `getFile`."""
        try:
            bot = self._bots.with_token(request.match_info["token"])
            medium = self._world.media.find(request.match_info["id"], bot.account.id)
        except (TelegramRefuses, MediaGone):
            return _refusal(TelegramRefuses(404, "Not Found"))
        return web.Response(body=self._world.media.content(medium), content_type="application/octet-stream")


async def _asked(request: web.Request) -> Asked:
    if request.content_type == "application/json":
        try:
            read = orjson.loads(await request.read() or b"{}")
        except orjson.JSONDecodeError:
            read = None
        if not isinstance(read, dict):
            raise TelegramRefuses(400, "Bad Request: can't parse the body as JSON object")
        return {**request.query, **read}
    form: dict[str, Any] = {**request.query}
    for name, value in (await request.post()).items():
        form[name] = Upload(value.filename, value.file.read()) if isinstance(value, web.FileField) else value
    return form


def _refusal(refusal: TelegramRefuses) -> web.Response:
    told = {"ok": False, "error_code": refusal.code, "description": str(refusal)}
    parameters = {"parameters": refusal.parameters} if refusal.parameters else {}
    return _json({**told, **parameters}, status=refusal.code)


def _json(value: object, *, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
