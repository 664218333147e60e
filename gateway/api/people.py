"""Oneself and one's colleagues."""

from aiohttp import web

from conversations.people import AgentState, Role
from gateway.api.codec import json_response, read_json, text_of
from gateway.api.views import Json, person_view
from gateway.auth import require, user_of
from gateway.keys import SERVICES, SESSION
from storage import people, queues
from storage.database import Connection

routes = web.RouteTableDef()


@routes.get("/api/v1/me")
@require(Role.AGENT)
async def me(request: web.Request) -> web.Response:
    """Who is signed in, with the token that writes must carry."""
    session = request[SESSION]
    return json_response({**person_view(session.user), "csrf": session.csrf})


@routes.put("/api/v1/me/state")
@require(Role.AGENT)
async def set_state(request: web.Request) -> web.Response:
    """Go ready, on a break, or offline."""
    wanted = text_of(await read_json(request), "state")
    if wanted not in set(AgentState):
        raise web.HTTPBadRequest(reason=f"state must be one of {', '.join(AgentState)}.")
    changed = await request.app[SERVICES].people.set_state(user_of(request), AgentState(wanted))
    return json_response(person_view(changed))


@routes.get("/api/v1/colleagues")
@require(Role.AGENT)
async def colleagues(request: web.Request) -> web.Response:
    """To whom a conversation can be handed."""
    return json_response(await request.app[SERVICES].database.read(_colleagues))


def _colleagues(connection: Connection) -> Json:
    return {
        "queues": [{"id": queue.id, "name": queue.name} for queue in queues.listed(connection)],
        "agents": [person_view(user) for user in people.listed(connection) if user.enabled],
    }
