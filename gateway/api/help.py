"""Raised hands, and what supervisors do in a conversation that is somebody else's."""

from aiohttp import web

from conversations.ids import ConversationId, HandId
from conversations.people import Role
from gateway.api.codec import json_response, read_json, text_of
from gateway.api.floor import reason_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES

MOST_WORDS = 500

routes = web.RouteTableDef()


@routes.post("/api/v1/hands")
@require(Role.AGENT)
async def raise_hand(request: web.Request) -> web.Response:
    """Ask for help with a `word`; with `conversation_id` where it is about one."""
    content = await read_json(request)
    about = ConversationId(text_of(content, "conversation_id", "")) or None
    word = text_of(content, "word", "").strip()[:MOST_WORDS]
    hand = await request.app[SERVICES].help.raise_hand(user_of(request), word, about)
    return json_response({"id": hand.id}, status=201)


@routes.post("/api/v1/hands/{id}/take")
@require(Role.SUPERVISOR)
async def take(request: web.Request) -> web.Response:
    """Say that one comes."""
    await request.app[SERVICES].help.take(user_of(request), HandId(request.match_info["id"]))
    return json_response({})


@routes.post("/api/v1/hands/{id}/lower")
@require(Role.AGENT)
async def lower(request: web.Request) -> web.Response:
    """Put it down, with a `word` if one likes; whose it is, or a supervisor."""
    word = text_of(await read_json(request), "word", "").strip()[:MOST_WORDS]
    await request.app[SERVICES].help.lower(user_of(request), HandId(request.match_info["id"]), word)
    return json_response({})


@routes.post("/api/v1/conversations/{id}/join")
@require(Role.SUPERVISOR)
async def join(request: web.Request) -> web.Response:
    """Say, with the `reason`, that one writes beside the agent, whose conversation it stays."""
    reason = reason_of(await read_json(request))
    await request.app[SERVICES].help.join(user_of(request), ConversationId(request.match_info["id"]), reason)
    return json_response({})


@routes.post("/api/v1/conversations/{id}/take-over")
@require(Role.SUPERVISOR)
async def take_over(request: web.Request) -> web.Response:
    """Take it from its agent, with the `reason`."""
    reason = reason_of(await read_json(request))
    await request.app[SERVICES].help.take_over(user_of(request), ConversationId(request.match_info["id"]), reason)
    return json_response({})
