"""When is a fault of a machine due? Asked by anybody, answered by the table that `routing.clocks.faults` brings."""

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from conversations.faults import Fault, Site
from conversations.people import Role
from desk.errors import Refused
from gateway.auth import require
from gateway.console.pages import page
from gateway.keys import SERVICES
from routing.clocks.calendars import Calendar, NeverOpen, read_calendar
from routing.clocks.faults import PROMISES, Case, Due, due
from storage import calendars

routes = web.RouteTableDef()

_LOCAL = "%Y-%m-%dT%H:%M"


@routes.get("/faults")
@require(Role.AGENT)
async def ask(request: web.Request) -> web.StreamResponse:
    """The question, the answer, and the whole table."""
    services = request.app[SERVICES]
    rows = await services.database.read(calendars.listed)
    chosen = next((row for row in rows if row.id == request.query.get("calendar")), rows[0] if rows else None)
    calendar = read_calendar(chosen) if chosen else None
    now = services.clock()
    context = {
        "calendars": rows,
        "asked": {"calendar": chosen.id if chosen else "", "at": _local(now, calendar), **request.query},
        "answer": _answer(request.query, calendar) if calendar and "fault" in request.query else None,
        "zone": calendar.zone if calendar else None,
        "faults": list(Fault),
        "sites": list(Site),
        "promises": PROMISES,
    }
    return page(request, "faults.html", context)


def _local(now: datetime, calendar: Calendar | None) -> str:
    return f"{now.astimezone(calendar.zone):{_LOCAL}}" if calendar else ""


def _answer(asked: Mapping[str, str], calendar: Calendar) -> Due:
    try:
        since = datetime.strptime(asked.get("at", ""), _LOCAL).replace(tzinfo=calendar.zone)
        case = Case(Fault(asked.get("fault", "")), Site(asked.get("site", "")), "urgent" in asked)
    except ValueError as error:
        raise Refused("Say what happened, where and when.") from error
    try:
        return due(case, since, calendar)
    except NeverOpen as error:
        raise Refused("This calendar is never open.") from error
