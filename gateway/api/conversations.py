"""The lists of the inbox and one conversation with everything around it. Nothing outside a person's scope exists."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from channels.contract import SegmentTeller
from conversations.conversation import Conversation
from conversations.ids import ConversationId, MessageId
from conversations.people import Role, Scope
from desk import timeline
from desk.errors import NotFound
from exchange.accounts import AccountBook
from gateway.api.codec import Json, json_response
from gateway.api.names import load_names
from gateway.api.views import conversation_row, conversation_view, counts_view, message_view
from gateway.auth import require, scope_of_request
from gateway.keys import SERVICES
from storage import conversations, deliveries, events, inbox, messages, windows
from storage.database import Connection
from storage.inbox import View

PAGE = 50

MESSAGES = 100

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

routes = web.RouteTableDef()


@dataclass(frozen=True)
class Place:
    """A row in a list, to read on behind it."""

    at: datetime
    id: ConversationId

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"


def read_place(text: str) -> Place:
    """The place that a list named. Raises 400."""
    microseconds, _, conversation_id = text.partition("-")
    if not microseconds.isdecimal() or len(microseconds) > 17:
        raise web.HTTPBadRequest(reason="This is not a place in the list.")
    return Place(_EPOCH + timedelta(microseconds=int(microseconds)), ConversationId(conversation_id))


@routes.get("/api/v1/conversations/{id}/window")
@require(Role.AGENT)
async def window(request: web.Request) -> web.Response:
    """Whether the provider lets us write only for a while (`limited`), how often yet (`remaining`) and until when.

    `templates`: whether texts registered with the provider can be sent, at any time. `segments`: whether it can be told
    how many short messages a text makes.
    """
    services = request.app[SERVICES]
    conversation_id = ConversationId(request.match_info["id"])
    found = await services.database.read(conversations.get, conversation_id, scope_of_request(request))
    if found is None:
        raise NotFound
    endpoint = services.accounts.get(found.account_id)
    can = None if endpoint is None else endpoint.channel.capabilities
    now = services.clock()
    left = await services.database.read(windows.now_open, found.account_id, found.address, now)
    return json_response(
        {
            "limited": can is not None and bool(can.windows),
            "templates": can is not None and can.templates,
            "segments": endpoint is not None and isinstance(endpoint.channel, SegmentTeller),
            "remaining": sum(each.remaining for each in left),
            "ends_at": max((each.ends_at for each in left), default=None),
        }
    )


@routes.get("/api/v1/conversations")
@require(Role.AGENT)
async def listed(request: web.Request) -> web.Response:
    """One page of a list, the counts of the lists of work, and the cursor to follow them from."""
    wanted = request.query.get("view", View.MINE)
    if wanted not in set(View):
        raise web.HTTPBadRequest(reason=f"view must be one of {', '.join(View)}.")
    before = request.query.get("before", "")
    services = request.app[SERVICES]
    content = await services.database.read(
        _page,
        scope_of_request(request),
        View(wanted),
        read_place(before) if before else None,
        services.accounts,
    )
    return json_response(content)


@routes.get("/api/v1/conversations/{id}")
@require(Role.AGENT)
async def one(request: web.Request) -> web.Response:
    """A conversation and its person: messages over all channels, identities, earlier conversations, surveys."""
    services = request.app[SERVICES]
    content = await services.database.read(
        _one, scope_of_request(request), ConversationId(request.match_info["id"]), services.accounts, services.clock()
    )
    return json_response(content)


@routes.get("/api/v1/conversations/{id}/messages")
@require(Role.AGENT)
async def earlier_messages(request: web.Request) -> web.Response:
    """What was said with this person before a message."""
    services = request.app[SERVICES]
    content = await services.database.read(
        _messages_before,
        scope_of_request(request),
        ConversationId(request.match_info["id"]),
        MessageId(request.query.get("before", "")),
        services.accounts,
    )
    return json_response(content)


def _page(connection: Connection, scope: Scope, view: View, before: Place | None, accounts: AccountBook) -> Json:
    # The cursor is read first: what is committed meanwhile is then told twice, never missed.
    cursor = events.head(connection)
    found = inbox.listed(connection, scope, view, before=(before.at, before.id) if before else None, limit=PAGE + 1)
    rows, more = found[:PAGE], len(found) > PAGE
    names = load_names(connection, accounts, [row.contact_id for row in rows])
    return {
        "cursor": cursor,
        "conversations": [conversation_row(row, names) for row in rows],
        "next": str(Place(rows[-1].last_message_at, rows[-1].id)) if more else None,
        "counts": counts_view(inbox.counts(connection, scope)),
    }


def _one(
    connection: Connection, scope: Scope, conversation_id: ConversationId, accounts: AccountBook, now: datetime
) -> Json:
    cursor = events.head(connection)
    found = timeline.load(connection, scope, conversation_id, now)
    if found is None:
        raise NotFound
    names = load_names(connection, accounts, [found.contact.id])
    return {
        "cursor": cursor,
        "more": len(found.messages) == MESSAGES,
        **conversation_view(found, names),
    }


def _messages_before(
    connection: Connection, scope: Scope, conversation_id: ConversationId, before: MessageId, accounts: AccountBook
) -> Json:
    conversation = seen(connection, scope, conversation_id)
    said = messages.timeline(connection, conversation.contact_id, scope, before=before, limit=MESSAGES)
    parts = deliveries.of_messages(connection, [message.id for message in said])
    names = load_names(connection, accounts, [conversation.contact_id])
    return {
        "messages": [message_view(message, parts.get(message.id, ()), names) for message in said],
        "more": len(said) == MESSAGES,
    }


def seen(connection: Connection, scope: Scope, conversation_id: ConversationId) -> Conversation:
    """A conversation inside the scope. Raises `NotFound`."""
    found = conversations.get(connection, conversation_id, scope)
    if found is None:
        raise NotFound
    return found
