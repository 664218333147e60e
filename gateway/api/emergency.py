"""The emergency switch. Both ways need a `reason`."""

from typing import Any

from aiohttp import web

from conversations.people import Role
from gateway.api.codec import Json, json_response, object_of, read_json
from gateway.api.floor import reason_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from storage import emergency, people
from storage.database import Connection

routes = web.RouteTableDef()


@routes.get("/api/v1/emergency")
@require(Role.SUPERVISOR)
async def show(request: web.Request) -> web.Response:
    """What is `on`, or null, and the announcements that are `prepared`."""
    return json_response(await request.app[SERVICES].database.read(_view))


@routes.post("/api/v1/emergency")
@require(Role.SUPERVISOR)
async def begin(request: web.Request) -> web.Response:
    """Tell everybody who waits or writes the `texts`, by language, until it is ended. 409 when it is on already."""
    content = await read_json(request)
    await request.app[SERVICES].emergency.begin(user_of(request), _texts(content), reason_of(content))
    return json_response({}, status=201)


@routes.post("/api/v1/emergency/end")
@require(Role.SUPERVISOR)
async def end(request: web.Request) -> web.Response:
    """Tell nobody any more."""
    reason = reason_of(await read_json(request))
    await request.app[SERVICES].emergency.end(user_of(request), reason)
    return json_response({})


def _texts(content: dict[str, Any]) -> dict[str, str]:
    texts = object_of(content, "texts")
    if not all(isinstance(text, str) for text in texts.values()):
        raise web.HTTPBadRequest(reason="texts must hold texts.")
    return texts


def _view(connection: Connection) -> Json:
    on = emergency.current(connection)
    by = people.get(connection, on.begun_by) if on else None
    return {
        "on": None if on is None else {**vars(on), "begun_by": by.name if by else on.begun_by},
        "prepared": [vars(each) for each in emergency.prepared(connection)],
    }
