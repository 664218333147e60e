"""Set-up of queues: who works in which, and how each gives out its work."""

from aiohttp import web

from conversations.ids import QueueId, UserId
from conversations.people import Role
from desk.errors import Refused
from desk.first_rules import add_queue
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, number_within, page
from gateway.keys import SERVICES
from storage import people, queues

HOME = "/setup/queues"

TOLD_AFTER = (0, 1, 2, 3, 5, 10, 15, 30)
"""Minutes after which waiting customers may be told where they stand."""

LONGEST = {
    "last_agent_minutes": 43_200,
    "grace_seconds": 3_600,
    "offer_seconds": 300,
    "pause_seconds": 3_600,
    "wrap_up_seconds": 3_600,
}
"""What can be said of how a queue gives out its work, and the most of each; 0 is not at all."""

CALLED_BACK_WITHIN = range(1, 24 * 60 + 1)
"""Minutes."""

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.ADMIN)
async def listed(request: web.Request) -> web.StreamResponse:
    """Every queue and its members."""
    services = request.app[SERVICES]
    read = services.database.read
    found = await read(queues.listed)
    context = {
        "queues": found,
        "told": TOLD_AFTER,
        "people": [user for user in await read(people.listed) if user.enabled],
        "longest": LONGEST,
    }
    return page(request, "queues.html", context)


@routes.post(HOME)
@require(Role.ADMIN)
async def add(request: web.Request) -> web.StreamResponse:
    """Make a queue."""
    name = (await form_of(request)).get("name", "").strip()
    if not name:
        raise Refused("A queue needs a name.")
    services = request.app[SERVICES]
    if any(queue.name == name for queue in await services.database.read(queues.listed)):
        raise Refused("There is a queue with this name already.")
    await services.database.write(add_queue, name, services.clock(), user_of(request).id)
    return back_to(HOME)


@routes.post(HOME + "/{id}/members")
@require(Role.ADMIN)
async def set_members(request: web.Request) -> web.StreamResponse:
    """Say who works in a queue."""
    services = request.app[SERVICES]
    known = {user.id for user in await services.database.read(people.listed)}
    chosen = frozenset(UserId(str(each)) for each in (await request.post()).getall("member", []))
    queue_id = QueueId(request.match_info["id"])
    await services.database.write(queues.set_members, queue_id, chosen & known, services.clock(), user_of(request).id)
    return back_to(HOME)


@routes.post(HOME + "/{id}/waiting")
@require(Role.ADMIN)
async def set_waiting(request: web.Request) -> web.StreamResponse:
    """Say when those who wait in a queue are told where they stand, and how soon they are called back."""
    services = request.app[SERVICES]
    form = await form_of(request)
    after, within = form.get("tells_after", ""), form.get("calls_back_within", "")
    if after not in {"", *map(str, TOLD_AFTER)}:
        raise Refused("Choose when customers are told.")
    if not within.isdecimal() or int(within) not in CALLED_BACK_WITHIN:
        raise Refused("A call back is promised within 1 to 1440 minutes.")
    queue_id = QueueId(request.match_info["id"])
    values = {"tells_after": int(after) if after else None, "calls_back_within": int(within)}
    await services.database.write(queues.change, queue_id, values, services.clock(), user_of(request).id)
    return back_to(HOME)


@routes.post(HOME + "/{id}/manner")
@require(Role.ADMIN)
async def set_manner(request: web.Request) -> web.StreamResponse:
    """Say how a queue gives out its work."""
    services, form = request.app[SERVICES], await form_of(request)
    values = {name: number_within(form.get(name, ""), most) for name, most in LONGEST.items()}
    queue_id = QueueId(request.match_info["id"])
    await services.database.write(queues.change, queue_id, values, services.clock(), user_of(request).id)
    return back_to(HOME)
