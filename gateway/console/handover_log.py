"""The log of hand-overs: who left what to whom, and with which word it was taken; one's own, or everybody's."""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from aiohttp import web

from conversations.handovers import Handover
from conversations.people import Role, User
from desk.presence import day_in
from gateway.auth import require, user_of
from gateway.console.pages import page
from gateway.days import day_asked
from gateway.keys import SERVICES
from storage import handovers, people, queues
from storage.database import Connection

HOME = "/handovers"

STATES = {
    "offered": "Waits for an answer",
    "accepted": "Accepted",
    "declined": "Declined",
    "withdrawn": "Withdrawn",
    "released": "Let go by a supervisor",
    "queued": "Back to the queue",
}

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.AGENT)
async def show(request: web.Request) -> web.StreamResponse:
    """One day."""
    day = day_asked(request)
    found, names = await request.app[SERVICES].database.read(_of_day, user_of(request), day)
    return page(request, "handovers.html", {"day": day, "handovers": found, "names": names, "states": STATES})


def _of_day(connection: Connection, viewer: User, day: date) -> tuple[Sequence[Handover], Mapping[str, str]]:
    start, end = day_in(ZoneInfo(viewer.time_zone), day)
    found = handovers.between(connection, start, end, viewer.id if viewer.role is Role.AGENT else None)
    names: dict[str, str] = {user.id: user.name for user in people.listed(connection)}
    return found, names | {queue.id: queue.name for queue in queues.listed(connection)}
