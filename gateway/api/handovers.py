"""Handing over what one has, before one leaves; and taking on what others leave."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from conversations.conversation import Conversation
from conversations.handovers import Briefing
from conversations.ids import ConversationId, HandoverId, QueueId, UserId
from conversations.people import Role
from exchange.accounts import AccountBook
from gateway.api.codec import Json, json_response, object_of, read_json, text_of
from gateway.api.floor import reason_of
from gateway.api.names import load_names
from gateway.api.people_views import person_view
from gateway.api.views import conversation_row
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from storage import queues
from storage.database import Connection

MOST_WORDS = 2_000

routes = web.RouteTableDef()


@routes.get("/api/v1/handovers/matter")
@require(Role.AGENT)
async def matter(request: web.Request) -> web.Response:
    """What one would hand over now, the `receivers` who could take all of it, and the queues."""
    services = request.app[SERVICES]
    found = await services.handovers.matter(user_of(request))
    more = await services.database.read(_named, found.conversations, services.accounts)
    return json_response({**more, "receivers": [person_view(each) for each in found.receivers]})


@routes.post("/api/v1/handovers")
@require(Role.AGENT)
async def offer(request: web.Request) -> web.Response:
    """Hand over everything one has: to `user_id`, who has to accept; or without one at once to `queue_id` or back.

    `note`, and of the shift `equipment`, `cases`, `staff`; `notes` by the id of a conversation. `sign_out` ends one's
    sessions too when it is done.
    """
    content = await read_json(request)
    handover = await request.app[SERVICES].handovers.offer(
        user_of(request),
        _briefing(content),
        to=UserId(text_of(content, "user_id", "")) or None,
        queue_id=QueueId(text_of(content, "queue_id", "")) or None,
        signs_out=content.get("sign_out") is True,
    )
    return json_response({"id": handover.id}, status=201)


@routes.post("/api/v1/handovers/{id}/accept")
@require(Role.AGENT)
async def accept(request: web.Request) -> web.Response:
    """Take on what a colleague offers, with a `word`; with `beyond_capacity` even if it is more than one can have."""
    content = await read_json(request)
    await request.app[SERVICES].handovers.accept(
        user_of(request),
        _handover_id(request),
        _words(content, "word"),
        beyond_capacity=content.get("beyond_capacity") is True,
    )
    return json_response({})


@routes.post("/api/v1/handovers/{id}/decline")
@require(Role.AGENT)
async def decline(request: web.Request) -> web.Response:
    """Say no, with a `word` why."""
    word = _words(await read_json(request), "word")
    await request.app[SERVICES].handovers.decline(user_of(request), _handover_id(request), word)
    return json_response({})


@routes.post("/api/v1/handovers/{id}/withdraw")
@require(Role.AGENT)
async def withdraw(request: web.Request) -> web.Response:
    """Take back what one offered, as long as nobody answered."""
    await request.app[SERVICES].handovers.withdraw(user_of(request), _handover_id(request))
    return json_response({})


@routes.post("/api/v1/agents/{id}/release")
@require(Role.SUPERVISOR)
async def release(request: web.Request) -> web.Response:
    """Let a colleague go who waits for a hand-over, with the `reason`; what they have goes back to its queues."""
    reason = reason_of(await read_json(request))
    await request.app[SERVICES].handovers.release(user_of(request), UserId(request.match_info["id"]), reason)
    return json_response({})


def _named(connection: Connection, found: Sequence[Conversation], accounts: AccountBook) -> Json:
    names = load_names(connection, accounts, [each.contact_id for each in found])
    return {
        "conversations": [conversation_row(each, names) for each in found],
        "queues": [{"id": queue.id, "name": queue.name} for queue in queues.listed(connection)],
    }


def _briefing(content: dict[str, Any]) -> Briefing:
    notes = object_of(content, "notes") if "notes" in content else {}
    written = {ConversationId(each): _words(notes, each) for each in notes}
    return Briefing(
        note=_words(content, "note"),
        equipment=_words(content, "equipment"),
        cases=_words(content, "cases"),
        staff=_words(content, "staff"),
        notes={each: words for each, words in written.items() if words},
    )


def _words(content: dict[str, Any], name: str) -> str:
    return text_of(content, name, "").strip()[:MOST_WORDS]


def _handover_id(request: web.Request) -> HandoverId:
    return HandoverId(request.match_info["id"])
