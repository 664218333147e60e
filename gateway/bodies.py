"""Request bodies, never more of them than is allowed."""

from aiohttp import web

CHUNK = 64 * 1024

MOST_FORM = 64 * 1024
"""Bytes of a plain form."""


async def read_body(request: web.Request, limit: int) -> bytes:
    """The whole body. Raises 413 before reading when the announced length is too large, else while reading."""
    if (request.content_length or 0) > limit:
        raise _too_large(request, limit)
    body = bytearray()
    async for chunk in request.content.iter_chunked(CHUNK):
        body += chunk
        if len(body) > limit:
            raise _too_large(request, limit)
    return bytes(body)


def _too_large(request: web.Request, limit: int) -> web.HTTPRequestEntityTooLarge:
    # What was not read would be taken for the next request on this connection.
    request.protocol.close()
    return web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=request.content_length or limit + 1)
