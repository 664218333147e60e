"""Blocking customers who are a nuisance: agents ask, supervisors decide."""

from datetime import datetime
from typing import Any

from aiohttp import web

from conversations.ids import BlockId, ConversationId
from conversations.people import Role
from gateway.api.codec import Json, json_response, read_json
from gateway.api.floor import reason_of
from gateway.api.people_views import block_view
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from storage import blocks, contacts, people
from storage.database import Connection

routes = web.RouteTableDef()


@routes.get("/api/v1/blocks")
@require(Role.SUPERVISOR)
async def listed(request: web.Request) -> web.Response:
    """Every block that is asked for or in force, the latest first."""
    services = request.app[SERVICES]
    return json_response({"blocks": await services.database.read(_listed, services.clock())})


@routes.post("/api/v1/conversations/{id}/block")
@require(Role.AGENT)
async def ask(request: web.Request) -> web.Response:
    """Ask to block the customer for so many `days`, with the `reason`. A second person decides."""
    content = await read_json(request)
    block = await request.app[SERVICES].blocking.ask(
        user_of(request), ConversationId(request.match_info["id"]), reason_of(content), _days(content)
    )
    return json_response({"id": block.id}, status=201)


@routes.post("/api/v1/blocks/{id}/approve")
@require(Role.SUPERVISOR)
async def approve(request: web.Request) -> web.Response:
    """Agree; it is in force for the days that were asked for."""
    await request.app[SERVICES].blocking.approve(user_of(request), _block_id(request))
    return json_response({})


@routes.post("/api/v1/blocks/{id}/refuse")
@require(Role.SUPERVISOR)
async def refuse(request: web.Request) -> web.Response:
    """Disagree, with the `reason`."""
    reason = reason_of(await read_json(request))
    await request.app[SERVICES].blocking.refuse(user_of(request), _block_id(request), reason)
    return json_response({})


@routes.post("/api/v1/blocks/{id}/lift")
@require(Role.SUPERVISOR)
async def lift(request: web.Request) -> web.Response:
    """End a block before its time, with the `reason`."""
    reason = reason_of(await read_json(request))
    await request.app[SERVICES].blocking.lift(user_of(request), _block_id(request), reason)
    return json_response({})


def _listed(connection: Connection, now: datetime) -> list[Json]:
    found = blocks.listed(connection, now)
    names: dict[str, str] = {user.id: user.name for user in people.listed(connection)}
    known = contacts.many(connection, [each.contact_id for each in found])
    return [{**block_view(each, names), "customer": known[each.contact_id].name} for each in found]


def _days(content: dict[str, Any]) -> int:
    days = content.get("days")
    if not isinstance(days, int):
        raise web.HTTPBadRequest(reason="days must be a number.")
    return days


def _block_id(request: web.Request) -> BlockId:
    return BlockId(request.match_info["id"])
