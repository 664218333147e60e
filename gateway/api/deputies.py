"""Who stands in for whom."""

from aiohttp import web

from conversations.ids import UserId
from conversations.people import Role, User
from desk.deputies import may_name
from gateway.api.codec import Json, json_response, read_json, text_of
from gateway.api.floor import reason_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from storage import people
from storage.database import Connection

routes = web.RouteTableDef()


@routes.get("/api/v1/deputies")
@require(Role.AGENT)
async def listed(request: web.Request) -> web.Response:
    """The deputy of oneself and of everybody one looks after."""
    return json_response({"people": await request.app[SERVICES].database.read(_listed, user_of(request))})


@routes.put("/api/v1/agents/{id}/deputy")
@require(Role.AGENT)
async def name(request: web.Request) -> web.Response:
    """Let a colleague (`deputy_id`), or nobody, stand in for somebody one looks after or oneself; with a `reason`."""
    content = await read_json(request)
    user_id, deputy_id = UserId(request.match_info["id"]), UserId(text_of(content, "deputy_id", ""))
    await request.app[SERVICES].deputies.name(user_of(request), user_id, deputy_id or None, reason_of(content))
    return json_response({})


def _listed(connection: Connection, by: User) -> list[Json]:
    return [
        {"id": each.id, "name": each.name, "deputy_id": each.deputy_id}
        for each in people.listed(connection)
        if each.enabled and may_name(by, each)
    ]
