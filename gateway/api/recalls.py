"""Asking people on a break to come back."""

from aiohttp import web

from conversations.ids import QueueId, RecallId
from conversations.people import Role
from gateway.api.codec import json_response, read_json
from gateway.api.floor import reason_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES

routes = web.RouteTableDef()


@routes.post("/api/v1/queues/{id}/recall")
@require(Role.SUPERVISOR)
async def ask(request: web.Request) -> web.Response:
    """Ask those of a queue whose break may be interrupted to come back, with the `reason`; `asked` are their ids."""
    queue_id, reason = QueueId(request.match_info["id"]), reason_of(await read_json(request))
    asked = await request.app[SERVICES].workforce.recalls.ask(user_of(request), queue_id, reason)
    return json_response({"asked": [each.user_id for each in asked]}, status=201)


@routes.put("/api/v1/recalls/{id}")
@require(Role.AGENT)
async def answer(request: web.Request) -> web.Response:
    """Say whether one `comes` back; who does is ready."""
    comes = (await read_json(request)).get("comes")
    if not isinstance(comes, bool):
        raise web.HTTPBadRequest(reason="comes must be true or false.")
    await request.app[SERVICES].workforce.recalls.answer(user_of(request), RecallId(request.match_info["id"]), comes)
    return json_response({})
