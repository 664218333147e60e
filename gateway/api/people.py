"""Oneself and one's colleagues."""

from aiohttp import web

from conversations.people import AgentState, Role
from gateway.api.codec import Json, choice_of, json_response, read_json, text_of
from gateway.api.people_views import hours_view, person_view
from gateway.auth import require, user_of
from gateway.days import day_asked
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
    """Go ready, wrap up, take a break for a `reason`, or go offline. 409 says why not, and what to do `first`."""
    content = await read_json(request)
    wanted, reason = choice_of(content, "state", AgentState), text_of(content, "reason", "")
    changed = await request.app[SERVICES].presence.choose(user_of(request), wanted, reason)
    return json_response(person_view(changed))


@routes.get("/api/v1/hours")
@require(Role.AGENT)
async def hours(request: web.Request) -> web.Response:
    """What one did on a `day` in one's own time zone, second by second; supervisors see everybody."""
    user = user_of(request)
    day = day_asked(request)
    found = await request.app[SERVICES].presence.hours(user, day)
    return json_response({"day": day, "people": [hours_view(each) for each in found]})


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
