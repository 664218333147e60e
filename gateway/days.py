"""The days that a request asks for: one, in the time zone of the person who asks, or several, in that of the house."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from gateway.auth import user_of
from gateway.keys import SERVICES

USUAL = timedelta(days=6)
"""From the first of the days to the last, when nothing is said."""

LONGEST = timedelta(days=366)


def day_asked(request: web.Request) -> date:
    """The `day` of the query, or today. Raises 400."""
    return _day(request, "day") or _today(request, user_of(request).time_zone)


def days_asked(request: web.Request) -> tuple[date, date]:
    """The `first` and the `last` of some days, or the last week; at most a year. Raises 400."""
    last = _day(request, "last") or _today(request, request.app[SERVICES].settings.time_zone)
    first = _day(request, "first") or last - USUAL
    if not first <= last <= first + LONGEST:
        raise web.HTTPBadRequest(reason="The last day is not before the first one, and at most a year later.")
    return first, last


def _day(request: web.Request, name: str) -> date | None:
    text = request.query.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise web.HTTPBadRequest(reason="A day is written like 2026-01-31.") from error


def _today(request: web.Request, time_zone: str) -> date:
    return request.app[SERVICES].clock().astimezone(ZoneInfo(time_zone)).date()
