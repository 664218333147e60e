"""Until when: what is promised to whom, and the calendars in which that is reckoned."""

from typing import Any

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
    rows = await request.app[SERVICES].database.read(policies.listed)
    return page(request, "deadlines.html", {**await choices(request), "policies": rows})


async def choices(request: web.Request) -> dict[str, Any]:
    """What a policy can name."""
    services = request.app[SERVICES]
    read, accounts = services.database.read, services.accounts.listed()
    found = await read(calendars.listed)
    return {
        "promised": list(BY_POLICY),
        "calendars": found,
        "calendar_names": {row.id: row.name for row in found},
        "queue_names": {queue.id: queue.name for queue in await read(queues.listed)},
        "account_names": {each.account.id: each.account.name for each in accounts},
        "kinds": {kind: channel.title for kind, channel in CHANNELS.items()},
        "policy_languages": LANGUAGES,
    }
