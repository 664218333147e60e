"""The system's door for our messages: signed ones only, each delivery once, and receipts afterwards."""

import asyncio
import base64
import binascii
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web

from conversations.ids import new_id
from lab.books import Heard, Option, Refused, Reported
from lab.config import AccountConfig
from lab.custom.phones import push_signed
from lab.custom.signing import complaint
from lab.misbehaviour import Answers, Receipts, answer
from lab.world import World

Json = Mapping[str, Any]

BUSY_SECONDS = 3


class AppRefuses(Exception):
    """The system says no, by an HTTP status and a sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class App:
    """The system's server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._accounts = {account.id: account for account in world.config.of_kind("custom")}
        self._names: dict[tuple[str, str], str] = {}
        self._count = itertools.count()

    def routes(self) -> list[web.RouteDef]:
        """What it serves: `url` of an account is /custom/{account}."""
        return [web.post("/custom/{account}", self._serve)]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        return await answer(request, self._world.manners["custom"], lambda: self._answer(request))

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(await self._take(request))
        except AppRefuses as refusal:
            self._world.books.write(
                Refused(at=self._world.clock(), where=request.path, code=str(refusal.status), text=str(refusal))
            )
            pause = {"Retry-After": str(BUSY_SECONDS)} if refusal.status == 429 else {}
            return web.json_response({"error": str(refusal)}, status=refusal.status, headers=pause)

    async def _take(self, request: web.Request) -> Json:
        account = self._accounts.get(request.match_info["account"])
        if account is None:
            raise AppRefuses(404, "there is no such connection")
        body = await request.read()
        if wrong := complaint(account.settings["secret"], request.headers, body, self._world.clock()):
            raise AppRefuses(401, wrong)
        if self._world.manners["custom"].answers is Answers.BUSY:
            raise AppRefuses(429, "not so fast")
        message = _message(body)
        if message.get("check") is True:
            return {"ok": True}
        return {"id": await self._once(account, message, request.headers.get("Idempotency-Key", ""))}

    async def _once(self, account: AccountConfig, message: Json, key: str) -> str:
        """The name of a message; a repeated one has it already."""
        if not key or key != message.get("delivery"):
            raise AppRefuses(400, "Idempotency-Key is not the delivery")
        known = self._names.get((account.id, key))
        if known is not None:
            return known
        heard = self._heard(account, message)
        self._names[account.id, key] = heard.key
        self._world.books.write(heard)
        if self._world.manners["custom"].receipts is Receipts.EARLY:
            await self._report(heard, key)
        else:
            self._world.errands.run(self._report_later(heard, key))
        return heard.key

    def _heard(self, account: AccountConfig, message: Json) -> Heard:
        customer = next((each for each in self._world.people if each.name == message.get("to")), None)
        if customer is None:
            raise AppRefuses(404, "there is no such customer")
        part = message.get("part")
        read = _PARTS.get(part.get("kind", "")) if isinstance(part, dict) else None
        if read is None or not isinstance(part, dict):
            raise AppRefuses(400, "there is no part that this app can show")
        seen = read(part)
        if "content" in seen:
            seen = {"text": seen["text"], "medium": self._world.media.keep(account.id, seen["content"]).id}
        return Heard(
            id=new_id(),
            at=self._world.clock(),
            account=account.id,
            customer=customer.name,
            kind=str(part.get("type", part["kind"])),
            key=f"app-{new_id()[-12:]}",
            **seen,
        )

    async def _report_later(self, heard: Heard, delivery: str) -> None:
        for pause in self._pauses():
            await asyncio.sleep(pause)
            await self._report(heard, delivery)

    def _pauses(self) -> Sequence[float]:
        """Seconds before each receipt."""
        timings = self._world.config.timings
        soon, late = timings.receipt_after, timings.receipt_late
        swapped = late if next(self._count) % 2 == 0 else soon
        by_manner = {
            Receipts.LATE: [late],
            Receipts.TWICE: [soon, 0.0],
            Receipts.SWAPPED: [swapped],
            Receipts.NEVER: [],
        }
        return by_manner.get(self._world.manners["custom"].receipts, [soon])

    async def _report(self, heard: Heard, delivery: str) -> None:
        manner = self._world.manners["custom"]
        success = manner.receipts is not Receipts.FAILED
        code = "" if success else manner.failure_code
        reported = Reported(
            id=new_id(),
            at=self._world.clock(),
            account=heard.account,
            customer=heard.customer,
            key=heard.key,
            success=success,
            code=code,
        )
        self._world.books.write(reported)
        told = {"delivery": delivery, "status": "delivered" if success else "failed", "code": code}
        await push_signed(self._world, self._accounts[heard.account], reported.id, orjson.dumps(told))


def _message(body: bytes) -> Json:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise AppRefuses(400, "send JSON") from None
    if not isinstance(found, dict):
        raise AppRefuses(400, "send an object")
    return found


def _menu(part: Json) -> dict[str, Any]:
    options = tuple(Option(id=option["id"], label=option["label"]) for option in part["options"])
    return {"text": part["text"], "options": options}


def _media(part: Json) -> dict[str, Any]:
    try:
        content = base64.b64decode(part.get("base64", ""), validate=True)
    except binascii.Error:
        content = b""
    if len(content) != part.get("size") or not content:
        raise AppRefuses(400, "the file is not as large as it says")
    return {"text": part["name"], "content": content}


_PARTS: Mapping[str, Callable[[Json], dict[str, Any]]] = {
    "text": lambda part: {"text": part["text"]},
    "menu": _menu,
    "link": lambda part: {"text": f"{part['title']} {part['url']}".strip()},
    "location": lambda part: {"text": part["label"] or f"{part['latitude']}, {part['longitude']}"},
    "media": _media,
}
