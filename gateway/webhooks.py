"""The door for providers: commit first, then answer."""

import logging

from aiohttp import web

from channels.contract import Parsed, Passive, WebhookReply, WebhookRequest
from conversations.errors import InboundError
from exchange.accounts import Endpoint
from gateway.bodies import read_body
from gateway.clients import client_address
from gateway.keys import SERVICES
from runtime.logs import current_trace
from runtime.services import Services

log = logging.getLogger(__name__)

routes = web.RouteTableDef()


@routes.get("/webhooks/{account_id}", allow_head=False)
@routes.post("/webhooks/{account_id}")
async def receive(request: web.Request) -> web.Response:
    """Take news from a provider; it is told "received" only when the news are committed."""
    services = request.app[SERVICES]
    endpoint = services.accounts.get(request.match_info["account_id"])
    if endpoint is None:
        raise web.HTTPNotFound(reason="There is no such account.")
    webhook = await _webhook(request, services)
    try:
        endpoint.channel.verify(webhook)
        parsed = endpoint.channel.parse(webhook)
    except InboundError as error:
        return _refusal(services, endpoint, error)
    await services.intake.accept(endpoint.account.id, webhook, parsed, current_trace())
    if parsed.passive is not None:
        return await _answer_passively(request, services, endpoint, webhook, parsed, parsed.passive)
    return _answer(parsed.reply)


async def _answer_passively(
    request: web.Request,
    services: Services,
    endpoint: Endpoint,
    webhook: WebhookRequest,
    parsed: Parsed,
    room: Passive,
) -> web.Response:
    """Hold the request open; what an agent says meanwhile is its answer."""
    answered = await services.passive.answer(endpoint, webhook, room)
    if answered is None:
        return _answer(parsed.reply)
    response = web.Response(status=answered.status, body=answered.body, content_type=answered.content_type)
    await response.prepare(request)
    await response.write_eof()
    await services.passive.written(answered)
    return response


async def _webhook(request: web.Request, services: Services) -> WebhookRequest:
    return WebhookRequest(
        method=request.method,
        url=services.settings.public_url.rstrip("/") + _text(request.raw_path),
        query={name: _text(value) for name, value in request.query.items()},
        headers={name.lower(): _text(value) for name, value in request.headers.items()},
        body=await read_body(request, services.settings.webhook_max_bytes),
        peer=client_address(request),
        received_at=services.clock(),
    )


def _text(found: str) -> str:
    """Bytes that are no UTF-8 come from aiohttp as lone surrogates, which can be neither compared nor stored."""
    return found.encode(errors="surrogateescape").decode(errors="replace")


def _refusal(services: Services, endpoint: Endpoint, error: InboundError) -> web.Response:
    account = endpoint.account
    log.warning("refused a request for account %s: %s", account.id, type(error).__name__)
    services.metrics.received.labels(account.kind, "refused").inc()
    return _answer(endpoint.channel.refuse(error))


def _answer(reply: WebhookReply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)
