"""The page of the bell: what one was told at once, with the way to it."""

from collections.abc import Sequence

from aiohttp import web

from conversations.alerts import Alert
from conversations.conversation import Contact
from conversations.ids import AlertId, ContactId
from conversations.people import Role, User
from desk.errors import NotFound
from gateway.alerts import alert_view, place_of
from gateway.api.alerts import MOST
from gateway.auth import require, user_of
from gateway.console.pages import back_to, page
from gateway.keys import SERVICES
from storage import alerts, contacts
from storage.database import Connection

HOME = "/alerts"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.AGENT)
async def listed(request: web.Request) -> web.StreamResponse:
    """The latest, the newest first."""
    user = user_of(request)
    found, customers = await request.app[SERVICES].database.read(_listed, user)
    context = {
        "alerts": [(each, alert_view(each, user.language)) for each in found],
        "customers": customers,
        "unread": sum(each.read_at is None for each in found),
    }
    return page(request, "alerts.html", context)


@routes.post(HOME + "/read")
@require(Role.AGENT)
async def read(request: web.Request) -> web.StreamResponse:
    """Nothing of it is news any more."""
    services = request.app[SERVICES]
    await services.database.write(alerts.read, user_of(request).id, services.clock())
    return back_to(HOME)


@routes.post(HOME + "/{id}")
@require(Role.AGENT)
async def open_(request: web.Request) -> web.StreamResponse:
    """Look at one: it is read, and what it is about opens."""
    services, user = request.app[SERVICES], user_of(request)
    alert_id = AlertId(request.match_info["id"])
    found = await services.database.read(alerts.get, user.id, alert_id)
    if found is None:
        raise NotFound
    await services.database.write(alerts.read, user.id, services.clock(), [alert_id])
    return back_to(place_of(found))


def _listed(connection: Connection, user: User) -> tuple[Sequence[Alert], dict[ContactId, Contact]]:
    found = alerts.listed(connection, user.id, MOST)
    return found, contacts.many(connection, {each.contact_id for each in found if each.contact_id})
