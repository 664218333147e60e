"""Almost empty pages that their scripts fill from the API: the inbox; the floor and the rules for supervisors."""

import orjson
from aiohttp import web
from markupsafe import Markup

from conversations.people import Role
from conversations.states import BREAK_NAMES, BREAKS
from gateway.api.people_views import person_view
from gateway.auth import require
from gateway.console import assets
from gateway.console.pages import error_page, page
from gateway.keys import SESSION
from gateway.words import catalogue

routes = web.RouteTableDef()


@routes.get("/")
@require(Role.AGENT)
async def inbox(request: web.Request) -> web.StreamResponse:
    """Conversations, where agents work."""
    return await _show(request, "inbox.html")


@routes.get("/floor")
@require(Role.SUPERVISOR)
async def floor(request: web.Request) -> web.StreamResponse:
    """Queues and agents as they are now."""
    return await _show(request, "floor.html")


@routes.get("/setup/rules")
@require(Role.SUPERVISOR)
async def rules(request: web.Request) -> web.StreamResponse:
    """What leads conversations into queues."""
    return await _show(request, "rules.html")


async def _show(request: web.Request, name: str) -> web.StreamResponse:
    """The page, with who is signed in, what breaks may be for, and the words of their language."""
    if not assets.is_built():
        return await error_page(
            request, 503, "The library of this page is missing. Run: make build/static/vendor/htm-preact.js"
        )
    session = request[SESSION]
    boot = {
        "me": {**person_view(session.user), "csrf": session.csrf},
        "breaks": BREAKS,
        "break_names": BREAK_NAMES,
        "words": catalogue(session.user.language),
    }
    # Inside a script element only `<` could end it or begin a comment.
    data = orjson.dumps(boot, option=orjson.OPT_UTC_Z).decode().replace("<", "\\u003c")
    return page(request, name, {"boot": Markup(data)})  # noqa: S704  # escaped above
