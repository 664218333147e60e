"""Until when: the calendars, and what is reckoned in them."""

from aiohttp import web

from conversations.people import Role
from gateway.auth import require
from gateway.console.pages import page
from gateway.keys import SERVICES
from storage import calendars

HOME = "/setup/deadlines"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.ADMIN)
async def listed(request: web.Request) -> web.StreamResponse:
    """Every calendar."""
    return page(request, "deadlines.html", {"calendars": await request.app[SERVICES].database.read(calendars.listed)})
