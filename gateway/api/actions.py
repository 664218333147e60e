"""What agents do on a conversation. Writing the same `key` again says nothing twice."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from channels.contract import SegmentTeller
from conversations.ids import ConversationId, DeliveryId, QueueId, UserId
from conversations.message import Message
from conversations.parts import Part, Text
from conversations.people import Role, Scope
from desk.errors import Refused
from desk.replies import Desk
from exchange.accounts import AccountBook
from gateway.api.attachments import media_of
from gateway.api.codec import Json, json_response, object_of, objects_of, read_json, text_of
from gateway.api.conversations import seen
from gateway.api.names import load_names
from gateway.api.templates import template_of
from gateway.api.views import conversation_row, message_view
from gateway.auth import require, scope_of_request, user_of
from gateway.keys import SERVICES
from gateway.writing import WRITING
from runtime.logs import current_trace
from storage import conversations, deliveries, events
from storage.database import Connection

MOST_TEXT = 20_000

routes = web.RouteTableDef()


@routes.post("/api/v1/conversations/{id}/replies")
@require(Role.AGENT)
async def reply(request: web.Request) -> web.Response:
    """Answer the customer: `text`, `files` (`digest` and `name` of uploads), `key`.

    Or `template`: `name` of one that is registered with the provider, and `values` by the names of its variables. For
    one that the account's settings do not list: `words` as the customer reads them, `url`, and `once` when the
    customer's consent is for one message.
    """
    content = await read_json(request)
    parts = await _parts(request, content)
    message = await request.app[SERVICES].desk.reply(
        user_of(request), conversation_id_of(request), parts, _key(content), current_trace()
    )
    return await _said(request, message)


@routes.post("/api/v1/conversations/{id}/notes")
@require(Role.AGENT)
async def note(request: web.Request) -> web.Response:
    """Write a note for colleagues: `text`, `key`."""
    content = await read_json(request)
    text = _text(content)
    if not text:
        raise Refused("There is nothing to write.")
    message = await request.app[SERVICES].desk.note(user_of(request), conversation_id_of(request), text, _key(content))
    return await _said(request, message)


@routes.post("/api/v1/conversations/{id}/take")
@require(Role.AGENT)
async def take(request: web.Request) -> web.Response:
    """Make it mine."""
    return await _act(request, lambda desk, content: desk.take(user_of(request), conversation_id_of(request)))


@routes.post("/api/v1/conversations/{id}/release")
@require(Role.AGENT)
async def release(request: web.Request) -> web.Response:
    """Give it back to its queue."""
    return await _act(request, lambda desk, content: desk.release(user_of(request), conversation_id_of(request)))


@routes.post("/api/v1/conversations/{id}/transfer")
@require(Role.AGENT)
async def transfer(request: web.Request) -> web.Response:
    """Hand it to `queue_id` or to `user_id`, with a `note`."""
    return await _act(request, lambda desk, content: _transfer(request, desk, content))


@routes.post("/api/v1/conversations/{id}/resolve")
@require(Role.AGENT)
async def resolve(request: web.Request) -> web.Response:
    """Settle it; with a `reason` when the customer had the last word."""
    return await _act(
        request,
        lambda desk, content: desk.resolve(
            user_of(request), conversation_id_of(request), text_of(content, "reason", "").strip()
        ),
    )


@routes.post("/api/v1/conversations/{id}/reopen")
@require(Role.AGENT)
async def reopen(request: web.Request) -> web.Response:
    """Take it up again."""
    return await _act(request, lambda desk, content: desk.reopen(user_of(request), conversation_id_of(request)))


@routes.post("/api/v1/conversations/{id}/typing")
@require(Role.AGENT)
async def typing(request: web.Request) -> web.Response:
    """Show the customer that an answer is being written, for some 6 seconds, where their channel can."""
    conversation = await request.app[SERVICES].database.read(
        seen, scope_of_request(request), conversation_id_of(request)
    )
    request.app[WRITING].agent_writes(conversation)
    return json_response({})


@routes.post("/api/v1/conversations/{id}/segments")
@require(Role.AGENT)
async def segments(request: web.Request) -> web.Response:
    """How many short messages a `text` makes, each of which is charged; 0 where it is sent as something else."""
    services, text = request.app[SERVICES], _text(await read_json(request))
    conversation = await services.database.read(seen, scope_of_request(request), conversation_id_of(request))
    endpoint = services.accounts.get(conversation.account_id)
    teller = endpoint.channel if endpoint is not None and isinstance(endpoint.channel, SegmentTeller) else None
    return json_response({"segments": teller.segments(text) if teller and text else 0})


@routes.post("/api/v1/deliveries/{id}/retry")
@require(Role.AGENT)
async def retry(request: web.Request) -> web.Response:
    """Try a failed or doubtful part again; the provider is really called."""
    await request.app[SERVICES].desk.retry(user_of(request), DeliveryId(request.match_info["id"]))
    return json_response({})


def _transfer(request: web.Request, desk: Desk, content: dict[str, Any]) -> Awaitable[None]:
    user, conversation_id, reason = user_of(request), conversation_id_of(request), text_of(content, "note", "").strip()
    if content.get("queue_id"):
        return desk.transfer_to_queue(user, conversation_id, QueueId(text_of(content, "queue_id")), reason)
    return desk.transfer_to_agent(user, conversation_id, UserId(text_of(content, "user_id")), reason)


async def _act(request: web.Request, deed: Callable[[Desk, dict[str, Any]], Awaitable[None]]) -> web.Response:
    """Do it, and answer what the conversation is now."""
    await deed(request.app[SERVICES].desk, await read_json(request))
    return await as_it_is_now(request)


async def as_it_is_now(request: web.Request) -> web.Response:
    """The row of the conversation after an act; null when it left the person's scope by that."""
    services, scope = request.app[SERVICES], scope_of_request(request)
    return json_response(await services.database.read(_row, scope, conversation_id_of(request), services.accounts))


async def _said(request: web.Request, message: Message) -> web.Response:
    services = request.app[SERVICES]
    return json_response(await services.database.read(_message, message, services.accounts), status=201)


def _row(connection: Connection, scope: Scope, conversation_id: ConversationId, accounts: AccountBook) -> Json:
    # The cursor is read first: a screen that has seen newer news applies them again.
    cursor = events.head(connection)
    found = conversations.get(connection, conversation_id, scope)
    if found is None:
        return {"cursor": cursor, "conversation": None}
    names = load_names(connection, accounts, [found.contact_id])
    return {"cursor": cursor, "conversation": conversation_row(found, names)}


def _message(connection: Connection, message: Message, accounts: AccountBook) -> Json:
    cursor = events.head(connection)
    names = load_names(connection, accounts, [message.contact_id])
    parts = deliveries.of_messages(connection, [message.id]).get(message.id, ())
    return {"cursor": cursor, "message": message_view(message, parts, names)}


def conversation_id_of(request: web.Request) -> ConversationId:
    """The conversation that the address names."""
    return ConversationId(request.match_info["id"])


async def _parts(request: web.Request, content: dict[str, Any]) -> tuple[Part, ...]:
    if "template" in content:
        return (await template_of(request, object_of(content, "template")),)
    text = _text(content)
    files = [
        await media_of(request.app[SERVICES], text_of(each, "digest"), text_of(each, "name", ""))
        for each in objects_of(content, "files")
    ]
    if not text and not files:
        raise Refused("There is nothing to send.")
    return (*((Text(text),) if text else ()), *files)


def _text(content: dict[str, Any]) -> str:
    text = text_of(content, "text", "").strip()
    if len(text) > MOST_TEXT:
        raise Refused("This text is too long.")
    return text


def _key(content: dict[str, Any]) -> str:
    key = text_of(content, "key")
    if not 8 <= len(key) <= 64:
        raise web.HTTPBadRequest(reason="key must have 8 to 64 characters.")
    return key
