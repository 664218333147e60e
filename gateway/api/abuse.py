"""Abusive customers, and the people who had to bear them."""

from aiohttp import web

from conversations.ids import ConversationId
from conversations.people import Role
from gateway.api.codec import json_response, read_json, text_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES

MOST_WORDS = 500

routes = web.RouteTableDef()


@routes.post("/api/v1/conversations/{id}/abuse")
@require(Role.AGENT)
async def mark(request: web.Request) -> web.Response:
    """Mark the customer as abusive in this conversation, with a `word`."""
    word = text_of(await read_json(request), "word", "").strip()[:MOST_WORDS]
    await request.app[SERVICES].cooling.mark(user_of(request), ConversationId(request.match_info["id"]), word)
    return json_response({})


@routes.put("/api/v1/me/cool-off")
@require(Role.AGENT)
async def cool_off(request: web.Request) -> web.Response:
    """Take the offer to cool off (`takes`), or not. It is made once for a conversation."""
    takes = (await read_json(request)).get("takes") is True
    await request.app[SERVICES].cooling.answer(user_of(request), takes)
    return json_response({})
