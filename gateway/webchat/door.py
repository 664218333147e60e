"""Who may come in: a page of an allowed site, for an account of ours that is a web chat."""

from dataclasses import dataclass

from aiohttp import web

from channels.webchat.channel import WebChatChannel
from channels.webchat.identity import read_token
from conversations.address import Address
from conversations.errors import SignatureInvalid
from gateway.auth import same_origin
from gateway.keys import SERVICES

_BEARER = "Bearer "


@dataclass(frozen=True)
class Visitor:
    """A browser that we know."""

    channel: WebChatChannel
    id: str

    @property
    def address(self) -> Address:
        """Where the visitor is written to."""
        return self.channel.address(self.id)


def channel_of(request: web.Request) -> WebChatChannel:
    """The chat that is asked for. Raises 404 when there is none, 403 for a page of another site."""
    endpoint = request.app[SERVICES].accounts.get(request.match_info["account"])
    if endpoint is None or not isinstance(endpoint.channel, WebChatChannel):
        raise web.HTTPNotFound(reason="There is no such chat.")
    if not _is_allowed(request, endpoint.channel):
        raise web.HTTPForbidden(reason="This site may not open the chat.")
    return endpoint.channel


def visitor_of(request: web.Request) -> Visitor:
    """The visitor whose token the request bears. Raises 403 too when it bears none."""
    channel = channel_of(request)
    token = request.headers.get("Authorization", "").removeprefix(_BEARER)
    try:
        return Visitor(channel, read_token(channel.config.visitor_secret, channel.account, token))
    except SignatureInvalid as error:
        raise web.HTTPForbidden(reason="This is not a visitor's token.") from error


def cross_origin(request: web.Request) -> dict[str, str]:
    """Headers that let the page of an allowed site read the answer."""
    return {
        "Access-Control-Allow-Origin": request.headers.get("Origin", ""),
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Max-Age": "7200",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Origin",
    }


def _is_allowed(request: web.Request, channel: WebChatChannel) -> bool:
    """Browsers leave `Origin` out when a page asks its own site for a file, never when it opens a socket."""
    origin = request.headers.get("Origin", "")
    if not origin:
        return request.headers.get("Upgrade", "").lower() != "websocket"
    return same_origin(request) or origin.lower() in channel.config.allowed_origins
