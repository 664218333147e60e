"""The checklist before a shift: everybody ticks it off, supervisors write it."""

from aiohttp import web

from conversations.people import Role
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES

HOME = "/checklist"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.AGENT)
async def show(request: web.Request) -> web.StreamResponse:
    """What is to be checked, and what was."""
    checks = await request.app[SERVICES].workforce.checklist.of(user_of(request).id)
    return page(request, "checklist.html", {"checks": checks, "is_done": all(each.at for each in checks)})


@routes.post(HOME)
@require(Role.AGENT)
async def tick(request: web.Request) -> web.StreamResponse:
    """Tick one thing off."""
    await request.app[SERVICES].workforce.checklist.tick(user_of(request), (await form_of(request)).get("item", ""))
    return back_to(HOME)


@routes.post(HOME + "/items")
@require(Role.SUPERVISOR)
async def set_items(request: web.Request) -> web.StreamResponse:
    """Say what is to be checked, a line each."""
    lines = (await form_of(request)).get("items", "").splitlines()
    items = [line.strip()[:200] for line in lines if line.strip()]
    await request.app[SERVICES].workforce.checklist.set_items(user_of(request), items)
    return back_to(HOME)
