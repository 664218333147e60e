"""Files: taken from agents, and shown to whoever may see the message that carries them, so that they harm nobody."""

from urllib.parse import quote

from aiohttp import web

from conversations.ids import MessageId
from conversations.message import Message
from conversations.parts import Html, Media
from conversations.people import Role, Scope
from desk.errors import NotFound, Refused
from gateway.api.codec import json_response
from gateway.api.sniffing import is_shown, media_type, sniff
from gateway.auth import require, scope_of_request
from gateway.bodies import read_body
from gateway.keys import SERVICES
from runtime.services import Services
from storage import conversations, files, messages
from storage.database import Connection

MOST_UPLOAD = 20 * 1024 * 1024

_NOTHING_RUNS = "default-src 'none'; sandbox"

_MAIL = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""Foreign mail: no scripts, no remote pictures, an origin of its own; links open beside the console."""

routes = web.RouteTableDef()


@routes.post("/api/v1/files")
@require(Role.AGENT)
async def upload(request: web.Request) -> web.Response:
    """Take a file, the bytes as they are; the answer's `digest` goes into a reply."""
    services = request.app[SERVICES]
    content = await read_body(request, MOST_UPLOAD)
    if not content:
        raise Refused("The file is empty.")
    media = _described(content, await services.files.save(content), request.query.get("name", ""))
    await services.database.write(files.register, [media], services.clock())
    view = {"digest": media.digest, "name": media.name, "mime": media.mime, "size": media.size, "type": media.type}
    return json_response(view, status=201)


@routes.get("/api/v1/messages/{id}/files/{digest}")
@require(Role.AGENT)
async def download(request: web.Request) -> web.Response:
    """The bytes of a file in a message."""
    message = await _message(request)
    digest = request.match_info["digest"]
    media = next((part for part in message.parts if isinstance(part, Media) and part.digest == digest), None)
    if media is None:
        raise NotFound
    content = await request.app[SERVICES].files.load(digest)
    mime = sniff(content)
    return web.Response(
        body=content,
        headers={
            "Content-Type": mime,
            "Content-Disposition": _disposition(media, shown=is_shown(mime)),
            "Content-Security-Policy": _NOTHING_RUNS,
            "Cache-Control": "private, max-age=86400",
        },
    )


@routes.get("/api/v1/messages/{id}/html/{position:[0-9]+}")
@require(Role.AGENT)
async def formatted(request: web.Request) -> web.Response:
    """A formatted mail, for a frame."""
    message = await _message(request)
    html = dict(enumerate(message.parts)).get(int(request.match_info["position"]))
    if not isinstance(html, Html):
        raise NotFound
    return web.Response(
        text=f'<!doctype html><meta charset="utf-8"><base target="_blank">{html.html}',
        content_type="text/html",
        headers={"Content-Security-Policy": _MAIL},
    )


async def media_of(services: Services, digest: str, name: str) -> Media:
    """An uploaded file as a part. Raises `Refused`."""
    if await services.database.read(files.mime_of, digest) is None:
        raise Refused("This file was never uploaded.")
    return _described(await services.files.load(digest), digest, name)


def _described(content: bytes, digest: str, name: str) -> Media:
    mime = sniff(content)
    return Media(type=media_type(mime), name=name[:200], mime=mime, size=len(content), digest=digest)


async def _message(request: web.Request) -> Message:
    found = await request.app[SERVICES].database.read(
        _in_scope, scope_of_request(request), MessageId(request.match_info["id"])
    )
    if found is None:
        raise NotFound
    return found


def _in_scope(connection: Connection, scope: Scope, message_id: MessageId) -> Message | None:
    message = messages.get(connection, message_id)
    if message is None or conversations.get(connection, message.conversation_id, scope) is None:
        return None
    return message


def _disposition(media: Media, *, shown: bool) -> str:
    return f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(media.name or media.digest[:12], safe='')}"
