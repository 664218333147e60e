"""The day that a request asks for, in the time zone of the person who asks."""

from datetime import date
from zoneinfo import ZoneInfo

from aiohttp import web

from gateway.auth import user_of
from gateway.keys import SERVICES


def day_asked(request: web.Request) -> date:
    """The `day` of the query, or today. Raises 400."""
    text = request.query.get("day", "")
    if not text:
        return request.app[SERVICES].clock().astimezone(ZoneInfo(user_of(request).time_zone)).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise web.HTTPBadRequest(reason="A day is written like 2026-01-31.") from error
