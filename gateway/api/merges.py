"""Merging queues for a while (合大组). Every act needs a `reason`."""

from aiohttp import web

from conversations.ids import MergeId, QueueId
from conversations.people import Role
from gateway.api.codec import instant_of, json_response, read_json, texts_of
from gateway.api.floor import reason_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES

routes = web.RouteTableDef()


@routes.post("/api/v1/merges")
@require(Role.SUPERVISOR)
async def merge(request: web.Request) -> web.Response:
    """Work the queues `queue_ids` as one until `ends_at`, or without it until that is ended."""
    content = await read_json(request)
    made = await request.app[SERVICES].merging.merge(
        user_of(request),
        map(QueueId, texts_of(content, "queue_ids")),
        instant_of(content, "ends_at"),
        reason_of(content),
    )
    return json_response({"id": made.id}, status=201)


@routes.post("/api/v1/merges/{id}/end")
@require(Role.SUPERVISOR)
async def part(request: web.Request) -> web.Response:
    """Work each queue by itself again."""
    merge_id = MergeId(request.match_info["id"])
    reason = reason_of(await read_json(request))
    await request.app[SERVICES].merging.part(user_of(request), merge_id, reason)
    return json_response({})
