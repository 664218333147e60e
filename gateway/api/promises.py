"""What an agent promises to one customer: to be back in a moment, or at a time that was agreed."""

from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from conversations.people import Role
from desk.errors import Refused
from gateway.api.actions import as_it_is_now, conversation_id_of
from gateway.api.codec import read_json, text_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES

MOST_NOTE = 500

routes = web.RouteTableDef()


@routes.post("/api/v1/conversations/{id}/hold")
@require(Role.AGENT)
async def hold(request: web.Request) -> web.Response:
    """Ask the customer for a moment of patience; after a minute, or what the policy says, the agent is asked."""
    await request.app[SERVICES].promises.hold(user_of(request), conversation_id_of(request))
    return await as_it_is_now(request)


@routes.post("/api/v1/conversations/{id}/resume")
@require(Role.AGENT)
async def resume(request: web.Request) -> web.Response:
    """Be back with a customer who was on hold; so is whoever writes to them."""
    await request.app[SERVICES].promises.resume(user_of(request), conversation_id_of(request))
    return await as_it_is_now(request)


@routes.post("/api/v1/conversations/{id}/promise")
@require(Role.AGENT)
async def agree(request: web.Request) -> web.Response:
    """Promise to be back by `due_at`, with a `note` of what about; the customer is told when.

    A time without an offset is one in the agent's own time zone.
    """
    content = await read_json(request)
    user, note = user_of(request), text_of(content, "note", "").strip()[:MOST_NOTE]
    due_at = instant_of(text_of(content, "due_at"), user.time_zone)
    await request.app[SERVICES].promises.agree(user, conversation_id_of(request), due_at, note)
    return await as_it_is_now(request)


@routes.post("/api/v1/conversations/{id}/keep")
@require(Role.AGENT)
async def keep(request: web.Request) -> web.Response:
    """Say that what was promised to the customer is done."""
    await request.app[SERVICES].promises.keep(user_of(request), conversation_id_of(request))
    return await as_it_is_now(request)


def instant_of(text: str, time_zone: str) -> datetime:
    """A time as a person or a program writes it. Raises `Refused`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused("Write the time like 2026-01-31T15:00.") from error
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(time_zone))
