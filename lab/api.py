"""The lab's own API: its page, the tests and the benchmarks act and look through it."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from lab.books import Customer, Entry, Heard, Said, entry_json
from lab.config import AccountConfig
from lab.customers import Crowd, release
from lab.media import MediaGone
from lab.people import MAIL_DOMAIN
from lab.world import CannotSay, Playing, Provider, Saying, World

SAMPLE = Path(__file__).parent / "pages" / "sample.jpg"
STREAM_END = (0, None)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LabApi:
    """Everything under /lab."""

    def __init__(self, world: World, providers: Mapping[str, Playing]) -> None:
        self._world = world
        self._providers = providers
        self._streams: set[asyncio.Queue[tuple[int, Entry | None]]] = set()

    def routes(self) -> list[web.RouteDef]:
        """What it serves; README.md describes each."""
        return [
            web.get("/lab/api/setup", self._setup),
            web.post("/lab/api/customers", _forgiving(self._add_customer)),
            web.post("/lab/api/say", _forgiving(self._say)),
            web.get("/lab/api/books", self._books),
            web.get("/lab/api/stream", self._stream),
            web.get("/lab/api/phone", self._phone),
            web.post("/lab/api/misbehave", _forgiving(self._misbehave)),
            web.post("/lab/api/command", _forgiving(self._command)),
            web.post("/lab/api/crowd", _forgiving(self._crowd)),
            web.post("/lab/api/settle", self._settle),
            web.get("/lab/media/{id}", self._medium),
        ]

    def close_streams(self) -> None:
        """Tell the pages that follow the books that this is the end."""
        for queue in self._streams:
            queue.put_nowait(STREAM_END)

    async def _setup(self, request: web.Request) -> web.Response:
        """What a page must know; no secret is in it."""
        return _json(
            {
                "accounts": [_account_json(account) for account in self._world.config.accounts],
                "customers": list(self._world.people),
                "manners": self._world.manners.all(),
                "deliveries": {kind: playing.deliveries for kind, playing in self._providers.items()},
                "entries": len(self._world.books),
            }
        )

    async def _add_customer(self, request: web.Request) -> web.Response:
        asked = await _asked(request)
        number = f"+86137{len(list(self._world.people)):08d}"
        name = str(asked["name"]).strip()
        if not name:
            raise ValueError("a customer has a name")
        mailbox = asked.get("mailbox") or f"{number[3:]}@{MAIL_DOMAIN}"
        return _json(self._world.people.add(Customer(name=name, phone=asked.get("phone") or number, mailbox=mailbox)))

    async def _say(self, request: web.Request) -> web.Response:
        asked = await _asked(request)
        saying = self._saying(asked)
        if saying.account.kind not in self._providers:
            raise ValueError("customers write to a web chat on its own page")
        first = len(self._world.books)
        said, delivery = self._providers[saying.account.kind].phone.say(saying)
        if asked.get("wait") is False:
            self._world.errands.run(delivery)
        else:
            await delivery
        answers = [entry for _n, entry in self._world.books.after(first) if getattr(entry, "to", "") == said.id]
        return _json({"said": entry_json(said), "answers": [entry_json(entry) for entry in answers]})

    def _saying(self, asked: dict[str, Any]) -> Saying:
        account = self._world.config.account(asked["account"])
        customer = self._world.people.named(asked["customer"])
        words = {name: str(asked[name]) for name in _WORDS if name in asked}
        place = tuple(map(float, asked["place"])) if "place" in asked else None
        if place is not None and len(place) != 2:
            raise ValueError("a place is [latitude, longitude]")
        return Saying(
            account=account,
            customer=customer.name,
            picture=_picture(asked),
            file=_decoded(asked.get("file", "")),
            place=place,
            **words,
        )

    def _phones(self) -> dict[str, Provider]:
        return {kind: playing.phone for kind, playing in self._providers.items()}

    async def _books(self, request: web.Request) -> web.Response:
        return _json([_numbered(*each) for each in self._world.books.after(int(request.query.get("after", "0")))])

    async def _phone(self, request: web.Request) -> web.Response:
        """What one customer sees of one account."""
        whose = (request.query.get("account"), request.query.get("customer"))
        seen = [e for e in self._world.books if isinstance(e, Said | Heard) and (e.account, e.customer) == whose]
        return _json([entry_json(entry) for entry in seen])

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """The books as server-sent events: the past first, then what happens."""
        after = int(request.headers.get("Last-Event-ID") or request.query.get("after", "0"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        queue = asyncio.Queue[tuple[int, Entry | None]]()
        for each in self._world.books.after(after):
            queue.put_nowait(each)
        unfollow = self._world.books.follow(lambda number, entry: queue.put_nowait((number, entry)))
        self._streams.add(queue)
        try:
            # A page that is closed leaves in the middle of a sentence.
            with suppress(ConnectionResetError):
                await _drain(queue, response)
        finally:
            self._streams.remove(queue)
            unfollow()
        return response

    async def _misbehave(self, request: web.Request) -> web.Response:
        """Change the manner of the providers that are named, switch by switch."""
        for provider, changes in (await _asked(request)).items():
            self._world.manners.change(provider, **changes)
        return _json(self._world.manners.all())

    async def _command(self, request: web.Request) -> web.Response:
        """Do something to a provider's account that only its operator could."""
        asked = await _asked(request)
        account = self._world.config.account(asked["account"])
        return _json(self._providers[account.kind].commands[asked["command"]](account, asked))

    async def _crowd(self, request: web.Request) -> web.Response:
        asked = await _asked(request)
        crowd = Crowd(
            accounts=tuple(self._world.config.account(id) for id in asked["accounts"]),
            messages=int(asked["messages"]),
            customers=int(asked.get("customers", 100)),
            rate=float(asked.get("rate", 0)),
            abreast=int(asked.get("abreast", 100)),
            first=int(asked.get("first", 0)),
        )
        return _json((await release(self._world, self._phones(), crowd)).as_json())

    async def _settle(self, request: web.Request) -> web.Response:
        """Answer when no receipt and no redelivery is under way any more."""
        await self._world.errands.settle()
        return _json({"entries": len(self._world.books)})

    async def _medium(self, request: web.Request) -> web.Response:
        try:
            medium = self._world.media.find(request.match_info["id"])
        except MediaGone:
            raise web.HTTPNotFound from None
        return web.Response(
            body=self._world.media.content(medium),
            content_type=medium.mime or "application/octet-stream",
            headers={"X-Content-Type-Options": "nosniff"},
        )


_WORDS = ("text", "choice", "event", "subject", "reply_to", "style", "file_name")


def _forgiving(handler: Handler) -> Handler:
    """Whoever asks for what does not exist, or what a phone cannot do, is told so."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except CannotSay as error:
            return _json({"error": str(error)}, status=409)
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, status=400)

    return handle


async def _asked(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request. Only as application/json, which a foreign page cannot send unasked."""
    if request.content_type != "application/json":
        raise ValueError("send application/json")
    asked = orjson.loads(await request.read())
    if not isinstance(asked, dict):
        raise TypeError("send an object")
    return asked


def _picture(asked: dict[str, Any]) -> bytes:
    """A picture in base64, or the lab's own `sample`."""
    image = asked.get("image", "")
    return SAMPLE.read_bytes() if image == "sample" else _decoded(image)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("files are given in base64") from error


async def _drain(queue: asyncio.Queue[tuple[int, Entry | None]], response: web.StreamResponse) -> None:
    while True:
        number, entry = await queue.get()
        if entry is None:
            return
        data = orjson.dumps(entry_json(entry)).decode()
        await response.write(f"id: {number}\ndata: {data}\n\n".encode())


def _account_json(account: AccountConfig) -> dict[str, str]:
    sender = account.settings.get("mailbox") or account.settings.get("sign_name", "")
    return {"id": account.id, "kind": account.kind, "name": account.name, "page": account.page, "sender": sender}


def _numbered(number: int, entry: Entry) -> dict[str, Any]:
    return {"number": number, **entry_json(entry)}


def _json(value: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
