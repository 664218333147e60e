"""One page that leads to everything that is set up."""

from aiohttp import web

from conversations.people import Role
from gateway.auth import require, user_of
from gateway.console.pages import page
from gateway.console.places import HOME, SET_UP, open_to

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.SUPERVISOR)
async def setup(request: web.Request) -> web.StreamResponse:
    """Everything that this person may set up."""
    user = user_of(request)
    groups = {name: open_to(user, places) for name, places in SET_UP.items()}
    return page(request, "setup.html", {"groups": {name: places for name, places in groups.items() if places}})
