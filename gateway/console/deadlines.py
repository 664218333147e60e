"""Until when: what is promised to whom, and the calendars in which that is reckoned."""

from aiohttp import web

from channels.registry import CHANNELS
from conversations.deadlines import BY_POLICY
from conversations.people import Role
from gateway.auth import require
from gateway.console.pages import page
from gateway.keys import SERVICES
from gateway.words import LANGUAGES
from storage import calendars, policies, queues

HOME = "/setup/deadlines"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.ADMIN)
async def listed(request: web.Request) -> web.StreamResponse:
    """Every policy in its order, and every calendar."""
    read = request.app[SERVICES].database.read
    found = await read(calendars.listed)
    context = {
        "policies": await read(policies.listed),
        "promised": BY_POLICY,
        "calendars": found,
        "calendar_names": {row.id: row.name for row in found},
        "queue_names": {queue.id: queue.name for queue in await read(queues.listed)},
        "kinds": {kind: channel.title for kind, channel in CHANNELS.items()},
        "policy_languages": LANGUAGES,
    }
    return page(request, "deadlines.html", context)
