"""What we know about a customer, for whoever may see one of their conversations."""

from aiohttp import web

from conversations.ids import ConversationId, UserId
from conversations.people import Role
from gateway.api.codec import json_response, read_json, text_of, texts_of
from gateway.auth import require, user_of
from gateway.keys import SERVICES

routes = web.RouteTableDef()


@routes.put("/api/v1/conversations/{id}/contact")
@require(Role.AGENT)
async def describe(request: web.Request) -> web.Response:
    """Write down the customer's `segment`, `tags` and `manager_id` (a colleague, or null)."""
    content = await read_json(request)
    tags = texts_of(content, "tags")
    manager = UserId(text_of(content, "manager_id")) if content.get("manager_id") is not None else None
    await request.app[SERVICES].contacts.describe(
        user_of(request), ConversationId(request.match_info["id"]), text_of(content, "segment"), tags, manager
    )
    return json_response({})
