"""The socket of a visitor: hello and welcome, then frames both ways. The protocol: `channels/webchat/README.md`."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from channels.contract import WebhookRequest
from channels.webchat.channel import WebChatChannel
from channels.webchat.identity import customer_visitor, issue_token, new_visitor, read_claims, read_token
from conversations.errors import PayloadUnreadable, SignatureInvalid
from conversations.ids import new_id
from conversations.inbound import InboundMessage, Typing
from gateway.clients import client_address
from gateway.keys import SERVICES
from gateway.limits import RateLimit
from gateway.webchat.door import channel_of
from gateway.webchat.hub import HUB
from gateway.webchat.lines import BEAT, Line
from gateway.webchat.views import Json, snapshot
from gateway.writing import WRITING
from runtime.logs import tracing
from runtime.services import Services
from storage import mailboxes
from storage.database import DatabaseUnavailable

log = logging.getLogger(__name__)

routes = web.RouteTableDef()

LARGEST_FRAME = 64 * 1024
FRAMES_PER_MINUTE = 60
NEW_VISITORS_PER_MINUTE = 30
HELLO_SECONDS = 15
MOST_HELLOS = 3

FRAMES = web.AppKey("webchat_frames", RateLimit)
NEWCOMERS = web.AppKey("webchat_newcomers", RateLimit)

Frame = Mapping[str, Any]


class Refused(Exception):
    """A hello is not good enough; the reason is a word for the widget."""


@dataclass(frozen=True)
class Guest:
    """Who is at the other end: the visitor, and what every frame of theirs bears."""

    visitor: str
    cursor: int
    headers: Mapping[str, str]
    identity: Mapping[str, str]
    identity_until: datetime | None

    def bears(self, now: datetime) -> dict[str, str]:
        """The headers of a frame: an identity that ran out while the page stayed open is left out."""
        valid = self.identity_until is not None and now < self.identity_until
        return {**self.headers, **(self.identity if valid else {})}


@routes.get("/webchat/{account}/socket", allow_head=False)
async def connect(request: web.Request) -> web.WebSocketResponse:
    """Open a visitor's line."""
    channel = channel_of(request)
    socket = web.WebSocketResponse(heartbeat=BEAT, max_msg_size=LARGEST_FRAME)
    await socket.prepare(request)
    try:
        guest = await _received(request, socket, channel)
        if guest is not None:
            await _serve(request, socket, channel, guest)
    except DatabaseUnavailable as error:
        log.info("a visitor is asked to come back: %s", error)
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
    except (SignatureInvalid, web.HTTPException):
        # The account or its secrets were changed while the line was open: the widget says hello again.
        await socket.close(code=WSCloseCode.POLICY_VIOLATION)
    except Exception:  # a fault of ours: an error page would be nonsense on a line that is a socket by now
        log.exception("a visitor's line broke")
        await socket.close(code=WSCloseCode.INTERNAL_ERROR)
    return socket


async def _received(request: web.Request, socket: web.WebSocketResponse, channel: WebChatChannel) -> Guest | None:
    """Hear hello until it is good; None when the visitor is gone or cannot say it."""
    for _ in range(MOST_HELLOS):
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                message = await socket.receive()
            if message.type is not WSMsgType.TEXT:
                break
            return _guest(request, channel, _object(message))
        except Refused as refused:
            await socket.send_json({"kind": "refused", "id": "hello", "reason": str(refused)})
        except TimeoutError:
            break
    await socket.close(code=WSCloseCode.POLICY_VIOLATION)
    return None


_KNOWN = {"name": 100, "language": 100, "page": 1_000}
"""What a page says of its visitor and itself, and how much of it is kept."""


def _guest(request: web.Request, channel: WebChatChannel, hello: Frame) -> Guest:
    if hello.get("kind") != "hello":
        raise Refused("hello_expected")
    now = request.app[SERVICES].clock()
    identity = {name: _text(hello, name) for name in ("identity", "signature")} if _text(hello, "identity") else {}
    user, until = _customer(channel, identity, now)
    visitor = user or _known(channel, _text(hello, "token")) or _newcomer(request, channel)
    secret, cursor = channel.config.visitor_secret, hello.get("cursor")
    known = {name: _text(hello, name)[:longest] for name, longest in _KNOWN.items() if _text(hello, name)}
    return Guest(
        visitor=visitor,
        cursor=cursor if type(cursor) is int else 0,
        headers={"authorization": issue_token(secret, channel.account, visitor), **known},
        identity=identity,
        identity_until=until,
    )


def _customer(
    channel: WebChatChannel, identity: Mapping[str, str], now: datetime
) -> tuple[str | None, datetime | None]:
    """The visitor that a signed customer always is, on every device, and until when the signature is good."""
    if not identity:
        return None, None
    try:
        claims = read_claims(channel.config.site_secret, identity["identity"], identity["signature"], now)
    except SignatureInvalid as error:
        raise Refused("identity") from error
    secret = channel.config.visitor_secret
    visitor = customer_visitor(secret, channel.account, claims.user) if claims.user else None
    return visitor, claims.expires_at


def _known(channel: WebChatChannel, token: str) -> str | None:
    try:
        return read_token(channel.config.visitor_secret, channel.account, token)
    except SignatureInvalid:
        return None


def _newcomer(request: web.Request, channel: WebChatChannel) -> str:
    if not request.app[NEWCOMERS].allows(f"{channel.account} {client_address(request)}"):
        raise Refused("too_many")
    return new_visitor()


async def _serve(request: web.Request, socket: web.WebSocketResponse, channel: WebChatChannel, guest: Guest) -> None:
    hub = request.app[HUB]
    line = Line(socket, channel.account, channel.address(guest.visitor))
    # The line joins before it looks: what is committed in between is heard, and older news are told from newer ones.
    hub.join(line)
    try:
        await _welcome(request.app[SERVICES], line, channel, guest)
        hub.room.ring()
        sending = asyncio.create_task(line.send())
        try:
            await _listen(request, line, guest)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
    finally:
        hub.leave(line)


async def _welcome(services: Services, line: Line, channel: WebChatChannel, guest: Guest) -> None:
    seen = await services.database.read(snapshot, line.account_id, line.address, guest.cursor)
    line.cursor = seen.position
    welcome = {
        "kind": "welcome",
        "token": guest.headers["authorization"],
        "visitor": guest.visitor,
        "title": channel.config.title,
        "greeting": channel.config.greeting,
        "questions": _questions(services, channel, guest),
        "mails": await _may_follow(services, line, guest),
        "messages": seen.messages,
        "cursor": seen.position,
    }
    await line.socket.send_str(orjson.dumps(welcome).decode())


def _questions(services: Services, channel: WebChatChannel, guest: Guest) -> Json | None:
    """What is asked before the first message; never of a customer for whom the site vouches."""
    asked = channel.config.questions
    if asked is None or guest.identity:
        return None
    mails = services.absence.sender(channel.account) is not None
    return {"fields": asked.fields, "required": asked.required, "consent": asked.consent, "mails": mails}


async def _may_follow(services: Services, line: Line, guest: Guest) -> bool:
    """Whether a visitor who goes may leave an address to which answers follow; not one for whom the site vouches."""
    if guest.identity or services.absence.sender(line.account_id) is None:
        return False
    return not await services.database.read(mailboxes.is_known, line.address)


async def _listen(request: web.Request, line: Line, guest: Guest) -> None:
    async for message in line.socket:
        if message.type is not WSMsgType.TEXT:
            return
        if not request.app[FRAMES].allows(guest.visitor):
            line.tell(_refusal(message, "too_many"))
            continue
        await _take(request, line, guest, message)


async def _take(request: web.Request, line: Line, guest: Guest, message: WSMessage) -> None:
    """Commit one frame, then say so."""
    services = request.app[SERVICES]
    # The account may have been changed since this line was opened.
    channel, now, trace = channel_of(request), services.clock(), new_id()
    frame = WebhookRequest(
        method="FRAME",
        url=f"{services.settings.public_url.rstrip('/')}{request.path}",
        headers=guest.bears(now),
        body=str(message.data).encode(),
        received_at=now,
    )
    with tracing(trace):
        try:
            channel.verify(frame)
            parsed = channel.parse(frame)
        except PayloadUnreadable:
            services.metrics.received.labels(channel.kind, "refused").inc()
            line.tell(_refusal(message, "unreadable"))
            return
        await services.intake.accept(channel.account, frame, parsed, trace)
    for event in parsed.events:
        if isinstance(event, InboundMessage):
            line.tell({"kind": "committed", "id": event.external_id})
        elif isinstance(event, Typing):
            await request.app[WRITING].customer_writes(channel.account, event.address)


def _refusal(message: WSMessage, reason: str) -> dict[str, str]:
    return {"kind": "refused", "id": _text(_object(message), "id"), "reason": reason}


def _object(message: WSMessage) -> Frame:
    try:
        found = orjson.loads(message.data)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(frame: Frame, name: str) -> str:
    found = frame.get(name)
    return found.replace("\0", "") if isinstance(found, str) else ""
