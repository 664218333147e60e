"""What is beyond one's authority goes up."""

from aiohttp import web

from conversations.ids import QueueId, UserId
from conversations.people import Role
from desk.escalations import Above, Background
from gateway.api.actions import as_it_is_now, conversation_id_of
from gateway.api.codec import read_json, text_of
from gateway.api.promises import instant_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES

MOST = 2_000
"""Characters of each part of the background."""

routes = web.RouteTableDef()


@routes.post("/api/v1/conversations/{id}/escalate")
@require(Role.AGENT)
async def escalate(request: web.Request) -> web.Response:
    """Hand it up with its background (`summary`, `tried`, `wants`) to `user_id` or `queue_id`, due at `due_at`."""
    content, user = await read_json(request), user_of(request)
    said = {name: text_of(content, name, "").strip()[:MOST] for name in ("summary", "tried", "wants")}
    above = Above(
        user_id=UserId(text_of(content, "user_id", "")) or None,
        queue_id=QueueId(text_of(content, "queue_id", "")) or None,
    )
    due_at = instant_of(text_of(content, "due_at", ""), user.time_zone)
    deed = request.app[SERVICES].escalations.escalate
    await deed(user, conversation_id_of(request), Background(**said), above, due_at)
    return await as_it_is_now(request)
