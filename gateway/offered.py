"""Files for providers that fetch them: for whoever has a link that a channel made, as long as it holds."""

from aiohttp import web

from channels.contract import FileOfferer
from exchange.accounts import Endpoint
from gateway.api.sniffing import sniff
from gateway.keys import SERVICES

routes = web.RouteTableDef()


@routes.get("/offered/{account_id}/{token}")
async def hand_out(request: web.Request) -> web.Response:
    """The bytes of a file. The provider wants to know its type by a HEAD first."""
    services = request.app[SERVICES]
    digest = _opened(services.accounts.get(request.match_info["account_id"]), request.match_info["token"])
    if digest is None:
        raise web.HTTPNotFound(reason="This link is not valid.")
    try:
        content = await services.files.load(digest)
    except FileNotFoundError as error:
        raise web.HTTPNotFound(reason="The file is no longer stored.") from error
    return web.Response(
        body=content,
        content_type=sniff(content),
        headers={"Content-Disposition": "inline", "Content-Security-Policy": "default-src 'none'; sandbox"},
    )


def _opened(endpoint: Endpoint | None, token: str) -> str | None:
    if endpoint is None or not isinstance(endpoint.channel, FileOfferer):
        return None
    return endpoint.channel.offered(token)
