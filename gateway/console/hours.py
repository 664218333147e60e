"""The account of time: what became of each second of a day; one's own, or everybody's."""

from datetime import timedelta

from aiohttp import web

from conversations.people import Role
from conversations.states import BREAKS
from gateway.auth import require, user_of
from gateway.console.pages import page
from gateway.days import day_asked
from gateway.keys import SERVICES

HOME = "/hours"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.AGENT)
async def show(request: web.Request) -> web.StreamResponse:
    """One day."""
    day = day_asked(request)
    context = {
        "day": day,
        "hours": await request.app[SERVICES].presence.hours(user_of(request), day),
        "breaks": BREAKS,
        "lasted": _lasted,
    }
    return page(request, "hours.html", context)


def _lasted(duration: timedelta) -> str:
    """Hours, minutes and seconds; a sum of them adds up to the second."""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
