"""Who stands in for whom: for oneself, and for everybody one looks after."""

from aiohttp import web

from conversations.ids import UserId
from conversations.people import Role
from desk.deputies import may_name
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from storage import people

HOME = "/deputies"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.AGENT)
async def show(request: web.Request) -> web.StreamResponse:
    """Oneself first."""
    user, found = user_of(request), await request.app[SERVICES].database.read(people.listed)
    there = [each for each in found if each.enabled]
    context = {
        "named": sorted((each for each in there if may_name(user, each)), key=lambda each: each.id != user.id),
        "colleagues": there,
        "for_whom": [each.name for each in there if each.deputy_id == user.id],
    }
    return page(request, "deputies.html", context)


@routes.post(HOME + "/{id}")
@require(Role.AGENT)
async def name(request: web.Request) -> web.StreamResponse:
    """Say who stands in."""
    form = await form_of(request)
    user_id, deputy_id = UserId(request.match_info["id"]), UserId(form.get("deputy", ""))
    reason = form.get("reason", "").strip()
    await request.app[SERVICES].deputies.name(user_of(request), user_id, deputy_id or None, reason)
    return back_to(HOME)
