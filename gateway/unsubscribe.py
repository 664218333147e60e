"""Unsubscribing from mail with one click (RFC 8058).

A POST does it, without cookies, questions or redirects: mail programs send it by themselves. A GET shows a button and
changes nothing, since scanners follow every link in a mail.
"""

from aiohttp import web

from channels.contract import WebhookRequest
from channels.email.channel import EmailChannel
from channels.email.unsubscribe import METHOD
from conversations.errors import SignatureInvalid
from gateway.console.pages import page
from gateway.keys import SERVICES
from runtime.logs import current_trace

routes = web.RouteTableDef()


@routes.get("/unsubscribe/{account_id}/{token}")
async def ask(request: web.Request) -> web.Response:
    """Show the button."""
    _verified(request)
    return page(request, "unsubscribe.html", {"done": False})


@routes.post("/unsubscribe/{account_id}/{token}")
async def unsubscribe(request: web.Request) -> web.Response:
    """Take the customer off; the answer says that it is done, once it is stored."""
    channel, click = _verified(request)
    await request.app[SERVICES].intake.accept(channel.account, click, channel.parse(click), current_trace())
    return page(request, "unsubscribe.html", {"done": True})


def _verified(request: web.Request) -> tuple[EmailChannel, WebhookRequest]:
    """The mailbox that made this link, and the click as its channel reads it. Raises 404 for other links."""
    services = request.app[SERVICES]
    endpoint = services.accounts.get(request.match_info["account_id"])
    click = WebhookRequest(
        method=METHOD,
        url=services.settings.public_url.rstrip("/") + request.raw_path,
        query={"token": request.match_info["token"]},
        received_at=services.clock(),
    )
    if endpoint is None or not isinstance(endpoint.channel, EmailChannel):
        raise web.HTTPNotFound(reason="This link is not valid.")
    try:
        endpoint.channel.verify(click)
    except SignatureInvalid as error:
        raise web.HTTPNotFound(reason="This link is not valid.") from error
    return endpoint.channel, click
