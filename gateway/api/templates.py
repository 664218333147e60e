"""Templates that an account has registered with its provider: what an agent may choose, and what is made of it."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from channels.contract import Capabilities
from conversations.conversation import Conversation
from conversations.ids import ConversationId
from conversations.parts import Template
from conversations.people import Role
from conversations.wording import Gap, Registered
from desk.errors import Refused
from desk.replies import NO_ACCOUNT
from gateway.api.codec import Json, json_response, object_of, text_of
from gateway.api.conversations import seen
from gateway.auth import require, scope_of_request
from gateway.keys import SERVICES
from storage import consents
from storage.database import Connection

routes = web.RouteTableDef()


@routes.get("/api/v1/conversations/{id}/templates")
@require(Role.AGENT)
async def listed(request: web.Request) -> web.Response:
    """Whether registered templates are `possible` here, and the `templates` that the account's settings list.

    Each with `name`, `title`, `wording` (pieces with either `text` or `variable`), and `allowed`: how many of it the
    customer still consents to; null where none is needed.
    """
    conversation, can = await _written_to(request)
    views = await request.app[SERVICES].database.read(_views, conversation, can.registered)
    return json_response({"possible": can.templates, "templates": views})


async def template_of(request: web.Request, given: dict[str, Any]) -> Template:
    """What a request asks to send. Where it brings no `words`, the account's settings know the wording."""
    name = text_of(given, "name")
    values = _values(given)
    if "words" in given:
        return Template(
            name=name,
            words=text_of(given, "words"),
            values=tuple(values.items()),
            url=text_of(given, "url", ""),
            once=given.get("once") is True,
        )
    _conversation, can = await _written_to(request)
    return _filled(can.registered, name, values)


async def _written_to(request: web.Request) -> tuple[Conversation, Capabilities]:
    """The conversation, and what its account can carry. Raises `Refused` where that is not known."""
    services = request.app[SERVICES]
    conversation = await services.database.read(
        seen, scope_of_request(request), ConversationId(request.match_info["id"])
    )
    endpoint = services.accounts.get(conversation.account_id)
    if endpoint is None:
        raise Refused(NO_ACCOUNT)
    return conversation, endpoint.channel.capabilities


def _values(given: dict[str, Any]) -> dict[str, str]:
    values = object_of(given, "values") if "values" in given else {}
    return {name: text_of(values, name).strip() for name in values}


def _filled(found: Sequence[Registered], name: str, values: dict[str, str]) -> Template:
    registered = next((each for each in found if each.name == name), None)
    if registered is None:
        raise Refused("The account's settings no longer list this template.")
    if not all(values.get(variable) for variable in registered.variables):
        raise Refused("Every gap of the template must be filled in.")
    return registered.filled(values)


def _views(connection: Connection, conversation: Conversation, found: Sequence[Registered]) -> list[Json]:
    return [_view(each, _allowed(connection, conversation, each)) for each in found]


def _allowed(connection: Connection, conversation: Conversation, template: Registered) -> int | None:
    if not template.once:
        return None
    return consents.remaining(connection, conversation.account_id, conversation.address, template.name)


def _view(template: Registered, allowed: int | None) -> Json:
    return {
        "name": template.name,
        "title": template.title,
        "wording": [_piece(piece) for piece in template.wording],
        "allowed": allowed,
    }


def _piece(piece: str | Gap) -> Json:
    return {"variable": piece.variable} if isinstance(piece, Gap) else {"text": piece}
