"""What one has to know at once, and what one has looked at of it."""

from aiohttp import web

from conversations.ids import AlertId, UserId
from conversations.people import Role, User
from gateway.alerts import alert_view
from gateway.api.codec import Json, json_response, read_json, texts_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from storage import alerts
from storage.database import Connection

MOST = 100
"""Alerts that are listed: what is older was missed for good, or done."""

routes = web.RouteTableDef()


@routes.get("/api/v1/alerts")
@require(Role.AGENT)
async def listed(request: web.Request) -> web.Response:
    """The latest that one was told, the newest first; `unread` counts what one has not looked at."""
    return json_response(await request.app[SERVICES].database.read(_listed, user_of(request)))


@routes.post("/api/v1/alerts/read")
@require(Role.AGENT)
async def read(request: web.Request) -> web.Response:
    """Note that one has looked at those with these `ids`, or without them at all."""
    content = await read_json(request)
    ids = [AlertId(each) for each in texts_of(content, "ids")] if "ids" in content else None
    services = request.app[SERVICES]
    await services.database.write(alerts.read, user_of(request).id, services.clock(), ids)
    return json_response({"unread": await services.database.read(_unread, user_of(request).id)})


def _listed(connection: Connection, user: User) -> Json:
    found = alerts.listed(connection, user.id, MOST)
    return {
        "unread": _unread(connection, user.id),
        "alerts": [{"id": each.id, "read_at": each.read_at, **alert_view(each, user.language)} for each in found],
    }


def _unread(connection: Connection, user_id: UserId) -> int:
    return alerts.unread(connection, [user_id]).get(user_id, 0)
