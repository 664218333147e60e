"""Scripts (话术) for one conversation, their variables filled in."""

from collections.abc import Mapping

from aiohttp import web

from conversations.ids import ConversationId
from conversations.people import Role, User, scope_of
from gateway.api.codec import Json, json_response
from gateway.api.conversations import seen
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from gateway.words import LANGUAGES
from storage import contacts
from storage.database import Connection
from templates.renderer import Script, render, scripts

routes = web.RouteTableDef()


@routes.get("/api/v1/conversations/{id}/scripts")
@require(Role.AGENT)
async def listed(request: web.Request) -> web.Response:
    """Every script in every language, and the language to begin with: the customer's."""
    content = await request.app[SERVICES].database.read(
        _scripts, user_of(request), ConversationId(request.match_info["id"])
    )
    return json_response(content)


def _scripts(connection: Connection, user: User, conversation_id: ConversationId) -> Json:
    conversation = seen(connection, scope_of(user), conversation_id)
    contact = contacts.get(connection, conversation.contact_id)
    context = {"contact": contact, "agent": user, "conversation": conversation}
    language = conversation.language or (contact.language if contact else "") or user.language
    return {
        "language": "zh-CN" if language.startswith("zh") else "en",
        "scripts": {each: [_filled(script, context) for script in scripts(each)] for each in LANGUAGES},
    }


def _filled(script: Script, context: Mapping[str, object]) -> Json:
    return {"key": script.key, "title": script.title, "body": render(script.body, context)}
