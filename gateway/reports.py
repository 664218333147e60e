"""The report that a request asks for, of what the person who asks may see."""

from zoneinfo import ZoneInfo

from aiohttp import web

from desk import first_replies
from desk.first_replies import Report
from gateway.auth import scope_of_request
from gateway.days import days_asked
from gateway.keys import SERVICES


async def first_replies_asked(request: web.Request) -> Report:
    """First replies on the days of the query, in the house's time zone."""
    services = request.app[SERVICES]
    first, last = days_asked(request)
    zone = ZoneInfo(services.settings.time_zone)
    return await services.database.read(
        first_replies.report, scope_of_request(request), zone, first, last, services.clock()
    )
