"""Files of visitors: taken with a proof of who brought them, given back only to whom they were shown."""

from urllib.parse import quote

from aiohttp import web

from channels.webchat.channel import FILE_LIMIT, media_type
from channels.webchat.identity import prove_upload
from conversations.parts import Media
from gateway.api.codec import json_response
from gateway.api.sniffing import is_shown, sniff
from gateway.bodies import read_body
from gateway.clients import client_address
from gateway.keys import SERVICES
from gateway.limits import RateLimit
from gateway.webchat.door import channel_of, cross_origin, visitor_of
from gateway.webchat.views import find_media, part_view
from storage import files

routes = web.RouteTableDef()

UPLOADS = web.AppKey("webchat_uploads", RateLimit)

UPLOADS_PER_MINUTE = 30
"""From one network address: visitors share those, and anybody can be a new visitor."""


@routes.options("/webchat/{account}/files")
@routes.options("/webchat/{account}/files/{digest}")
async def allow(request: web.Request) -> web.Response:
    """Tell a browser that its page may ask."""
    channel_of(request)
    return web.Response(status=204, headers=cross_origin(request))


@routes.post("/webchat/{account}/files")
async def upload(request: web.Request) -> web.Response:
    """Take a file, the bytes as they are; the answer goes into a message."""
    visitor = visitor_of(request)
    if not request.app[UPLOADS].allows(f"{visitor.channel.account} {client_address(request)}"):
        return web.Response(status=429, headers={**cross_origin(request), "Retry-After": "60"})
    content = await read_body(request, FILE_LIMIT)
    if not content:
        return web.Response(status=400, text="The file is empty.", headers=cross_origin(request))
    services = request.app[SERVICES]
    mime, name = sniff(content), request.query.get("name", "")[:200]
    digest = await services.files.save(content)
    media = Media(type=media_type(mime), name=name, mime=mime, size=len(content), digest=digest)
    await services.database.write(files.register, [media], services.clock())
    channel = visitor.channel
    proof = prove_upload(channel.config.visitor_secret, channel.account, visitor.id, media)
    response = json_response({**part_view(media), "proof": proof}, status=201)
    response.headers.update(cross_origin(request))
    return response


@routes.get("/webchat/{account}/files/{digest}", allow_head=False)
async def download(request: web.Request) -> web.Response:
    """The bytes of a file of the visitor's own conversation."""
    visitor, services = visitor_of(request), request.app[SERVICES]
    digest = request.match_info["digest"]
    media = await services.database.read(find_media, visitor.channel.account, visitor.address, digest)
    if media is None:
        return web.Response(status=404, headers=cross_origin(request))
    content = await services.files.load(digest)
    mime = sniff(content)
    disposition = "inline" if is_shown(mime) else "attachment"
    return web.Response(
        body=content,
        content_type=mime,
        headers={
            **cross_origin(request),
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(media.name or digest[:12], safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=86400",
        },
    )
