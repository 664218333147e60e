"""Conversations that are offered to the person who is signed in, and that they have some seconds to accept."""

from aiohttp import web

from conversations.people import Role
from gateway.api.actions import as_it_is_now, conversation_id_of
from gateway.api.codec import read_json, text_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES

MOST_WORDS = 500

routes = web.RouteTableDef()


@routes.post("/api/v1/conversations/{id}/accept")
@require(Role.AGENT)
async def accept(request: web.Request) -> web.Response:
    """Take what is offered to oneself (`offered_to`, `offered_until`). 409 when it is not offered any more."""
    await request.app[SERVICES].offers.accept(user_of(request), conversation_id_of(request))
    return await as_it_is_now(request)


@routes.post("/api/v1/conversations/{id}/decline")
@require(Role.AGENT)
async def decline(request: web.Request) -> web.Response:
    """Leave what is offered to oneself to somebody else, with a `reason`. 409 when it is not offered any more."""
    reason = text_of(await read_json(request), "reason", "").strip()[:MOST_WORDS]
    await request.app[SERVICES].offers.decline(user_of(request), conversation_id_of(request), reason)
    return await as_it_is_now(request)
