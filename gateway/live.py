"""The live line to a screen: what changed since the cursor it names, then everything that changes.

State is sent, not steps: the rows as they are now in the database. Applying a frame twice is harmless, and a screen
that was away for five minutes is brought to the present by the same frames as one that was never away.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence, Set
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import WSCloseCode, WSMsgType, web

from conversations.conversation import Conversation
from conversations.events import Event, EventKind
from conversations.ids import ContactId, ConversationId, MessageId, UserId
from conversations.message import Delivery, Message
from conversations.people import Role, User, scope_of
from exchange.accounts import AccountBook
from gateway.alerts import Bells
from gateway.api.codec import dump
from gateway.api.views import (
    TOLD,
    Json,
    Names,
    conversation_row,
    counts_view,
    event_view,
    load_names,
    message_view,
    person_view,
)
from gateway.auth import require, same_origin, session_token, user_of
from gateway.banner import Banner
from gateway.onlookers import Onlookers
from runtime.services import Services, background
from storage import conversations, deliveries, events, inbox, messages, people, states
from storage.database import Connection, DatabaseUnavailable
from storage.inbox import View

log = logging.getLogger(__name__)

BEAT = 20.0
"""Seconds between signs of life: routing believes in a screen for a few of them."""

PING = 20.0
"""Seconds between pings; a screen that does not answer within half of that is gone."""

TOO_FAR = 2_000
"""Events behind which loading the lists anew is cheaper than catching up."""

REMEMBERED = 8
"""Loads kept for other sockets that are at the same place."""

SIGNED_OUT = 4401
"""Close code: the session is over."""

_MOVES = frozenset(
    (
        EventKind.CONVERSATION_OPENED,
        EventKind.CONVERSATION_QUEUED,
        EventKind.CONVERSATION_ASSIGNED,
        EventKind.CONVERSATION_ESCALATED,
        EventKind.CONVERSATION_RESOLVED,
        EventKind.CONVERSATION_REOPENED,
        EventKind.CONVERSATION_CLOSED,
    )
)
"""Events after which the lists may hold another number of conversations."""

_ABOUT_PERSON = frozenset(
    (
        EventKind.CONTACT_CHANGED,
        EventKind.CONTACTS_MERGED,
        EventKind.FAULT_CHANGED,
        EventKind.FAULT_SETTLED,
        EventKind.SURVEY_SENT,
        EventKind.SURVEY_ANSWERED,
        EventKind.ABUSE_MARKED,
        EventKind.BLOCK_ASKED,
        EventKind.BLOCK_DECIDED,
    )
)
"""Events after which the customer panel is loaded anew."""

_COMES_INTO_SIGHT = frozenset(
    (EventKind.CONVERSATION_QUEUED, EventKind.CONVERSATION_OFFERED, EventKind.CONVERSATION_ASSIGNED)
)
"""Events after which a person may see what was said before: then the open thread is loaded anew."""

_HANDOVERS = frozenset((EventKind.HANDOVER_OFFERED, EventKind.HANDOVER_SETTLED))
_NOTICES = frozenset((EventKind.NOTICE_PUBLISHED, EventKind.NOTICE_READ, EventKind.NOTICE_WITHDRAWN))
_HANDS = frozenset((EventKind.HAND_RAISED, EventKind.HAND_TAKEN, EventKind.HAND_LOWERED))
"""Events after which somebody may have another duty beside their conversations."""

_OF_ONE = frozenset(
    (EventKind.COOL_OFF_OFFERED, EventKind.COOL_OFF_TAKEN, EventKind.RECALL_ASKED, EventKind.RECALL_ANSWERED)
)
"""The same, of whom they are about."""

Batch = Sequence[Event]


@dataclass(frozen=True)
class News:
    """What a batch of events touched, as it is now; loaded once for all sockets."""

    position: int
    events: Batch
    conversations: Mapping[ConversationId, Conversation]
    messages: Mapping[MessageId, Message]
    deliveries: Mapping[MessageId, Sequence[Delivery]]
    names: Names
    users: Mapping[UserId, User]
    counts: Mapping[UserId, Mapping[View, int]]


class Live:
    """The sockets of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._present: dict[web.WebSocketResponse, UserId] = {}
        self.onlookers = Onlookers(services)
        self.bells = Bells(services, self._present)
        self.banner = Banner(services, self._present)
        self._loads: OrderedDict[tuple[int, int], asyncio.Task[News]] = OrderedDict()

    async def run(self) -> None:
        """Note again and again who is here, until cancelled."""
        while True:
            if self._present:
                await self._note_presence()
            await asyncio.sleep(BEAT)

    async def serve(self, socket: web.WebSocketResponse, user: User, cursor: int | None, token: str) -> None:
        """Send until the socket closes, the session ends or the server stops; without a cursor alerts alone."""
        self._present[socket] = user.id
        self._services.metrics.sockets.labels("console").inc()
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = [tasks.create_task(self._beat(socket, token))]
                if cursor is not None:
                    sending.append(tasks.create_task(self._follow(socket, user, cursor)))
                await self.bells.greet(socket, user.id)
                await self.banner.greet(socket, user.id)
                await self._read(socket)
                for task in sending:
                    task.cancel()
        except* (DatabaseUnavailable, ConnectionError) as away:
            log.info("a screen is asked to come back: %s", away.exceptions[0])
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
        finally:
            self._services.metrics.sockets.labels("console").dec()
            del self._present[socket]
            self.onlookers.leave(socket)

    async def close(self) -> None:
        """Tell every screen that the server goes away; they come back by themselves."""
        for socket in list(self._present):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _follow(self, socket: web.WebSocketResponse, user: User, cursor: int) -> None:
        head = await self._services.database.read(events.head)
        if not 0 <= head - cursor <= TOO_FAR:
            cursor = head
            await _send(socket, {"reset": True, "cursor": cursor})
        async for batch in self._services.feed.follow(cursor):
            news = await self._news(batch, user.id)
            # Who the person was when the screen went away is not known: any change of set-up may have been theirs.
            is_new = batch[0].position <= head and any(event.kind is EventKind.SETUP_CHANGED for event in batch)
            await _send(socket, _anew(news, user) if is_new else _frame(news, user))
            user = news.users.get(user.id, user)

    async def _beat(self, socket: web.WebSocketResponse, token: str) -> None:
        while await self._services.people.session(token) is not None:
            await _send(socket, {"beat": self._services.clock()})
            await asyncio.sleep(BEAT)
        await socket.close(code=SIGNED_OUT)

    async def _news(self, batch: Batch, user_id: UserId) -> News:
        """Sockets at the same place share one load; one that came in between loads for itself."""
        place = (batch[0].position, batch[-1].position)
        if place not in self._loads:
            self._start_load(place, batch)
        news = await asyncio.shield(self._loads[place])
        return news if user_id in news.users else await self._load(batch, {user_id})

    def _start_load(self, place: tuple[int, int], batch: Batch) -> None:
        load = asyncio.create_task(self._load(batch, set(self._present.values())))
        self._loads[place] = load
        # One that failed is forgotten, so that whoever comes back tries again.
        load.add_done_callback(lambda done: done.exception() and self._loads.pop(place, None))
        while len(self._loads) > REMEMBERED:
            self._loads.popitem(last=False)

    async def _load(self, batch: Batch, users: Iterable[UserId]) -> News:
        return await self._services.database.read(load_news, batch, users, self._services.accounts)

    async def _read(self, socket: web.WebSocketResponse) -> None:
        """Until it closes: screens say which conversation they look at, and nothing else on this line."""
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.onlookers.look(socket, self._present[socket], ConversationId(message.data))

    async def _note_presence(self) -> None:
        try:
            present = set(self._present.values())
            await self._services.database.write(states.see, present, self._services.clock())
        except DatabaseUnavailable as error:
            log.warning("who is present could not be noted: %s", error)


def load_news(connection: Connection, batch: Batch, users: Iterable[UserId], accounts: AccountBook) -> News:
    """Load what a batch touched, for these people."""
    touched = conversations.many(connection, _touched(connection, batch))
    said = messages.many(connection, [MessageId(event.message_id) for event in batch if event.message_id])
    people_now = people.many(connection, users)
    moved = any(event.kind in _MOVES for event in batch)
    return News(
        position=batch[-1].position,
        events=batch,
        conversations=touched,
        messages=said,
        deliveries=deliveries.of_messages(connection, said),
        names=load_names(connection, accounts, [each.contact_id for each in touched.values()]),
        users=people_now,
        counts={
            user_id: inbox.counts(connection, scope_of(user)) if moved else {} for user_id, user in people_now.items()
        },
    )


def _touched(connection: Connection, batch: Batch) -> set[ConversationId]:
    """The conversations that events name, and all those of a person of whom they tell something."""
    named = {ConversationId(event.conversation_id) for event in batch if event.conversation_id}
    persons = {ContactId(event.contact_id) for event in batch if event.contact_id and event.kind in _ABOUT_PERSON}
    return named | {each.id for person in persons for each in conversations.of_contact(connection, person)}


def _frame(news: News, before: User) -> Json:
    """What one person is sent of the news; `before` is who they were at the last frame."""
    user = news.users.get(before.id, before)
    scope = scope_of(user)
    if scope != scope_of(before):
        return _anew(news, user)
    visible = {each.id for each in news.conversations.values() if scope.sees(each)}
    return {
        "cursor": news.position,
        "conversations": [conversation_row(news.conversations[each], news.names) for each in visible],
        "removed": sorted(news.conversations.keys() - visible),
        "messages": [
            message_view(each, news.deliveries.get(each.id, ()), news.names)
            for each in news.messages.values()
            if each.conversation_id in visible
        ],
        "events": [
            event_view(each, news.names)
            for each in news.events
            if each.kind in TOLD and each.conversation_id in visible
        ],
        "persons": sorted(_persons(news.events, visible)),
        "duties": any(_concerns(event, user) for event in news.events),
        "counts": counts_view(news.counts.get(user.id, {})),
        "me": person_view(user),
    }


def _persons(events: Batch, visible: Set[ConversationId]) -> set[str]:
    """The customers whose open thread is to be loaded anew."""
    return {
        event.contact_id
        for event in events
        if event.contact_id
        and (event.kind in _ABOUT_PERSON or (event.kind in _COMES_INTO_SIGHT and event.conversation_id in visible))
    }


def _concerns(event: Event, user: User) -> bool:
    """Whether this may be a duty of the person beside their conversations, or the end of one."""
    if event.kind in _HANDS:
        return user.role is not Role.AGENT or event.subject_id == user.id
    if event.kind in _OF_ONE:
        return event.subject_id == user.id
    if event.kind in _NOTICES:
        return event.kind is not EventKind.NOTICE_READ or event.actor == user.id
    return event.kind in _HANDOVERS and user.id in (event.data["from_id"], event.data["to_id"])


def _anew(news: News, user: User) -> Json:
    """What the person may see has changed: the screen loads its lists anew."""
    return {"reset": True, "cursor": news.position, "me": person_view(news.users.get(user.id, user))}


async def _send(socket: web.WebSocketResponse, frame: Json) -> None:
    await socket.send_str(dump(frame).decode())


LIVE = web.AppKey("live", Live)

routes = web.RouteTableDef()


@routes.get("/api/v1/live")
@require(Role.AGENT)
async def connect(request: web.Request) -> web.StreamResponse:
    """Open the live line: `cursor` is the last one that the screen has seen.

    A page that needs no news names none; its line brings alerts, and says that somebody is there.
    """
    if not same_origin(request):
        raise web.HTTPForbidden(reason="This line is for our own pages.")
    cursor = request.query.get("cursor")
    if cursor is not None and not cursor.isdecimal():
        raise web.HTTPBadRequest(reason="cursor must be a number.")
    socket = web.WebSocketResponse(heartbeat=PING, max_msg_size=4096)
    await socket.prepare(request)
    position = None if cursor is None else int(cursor)
    await request.app[LIVE].serve(socket, user_of(request), position, session_token(request))
    return socket


async def running(app: web.Application) -> AsyncIterator[None]:
    """Keep the presence of people noted while the application runs."""
    here = app[LIVE]
    loops = (here.run, here.onlookers.run, here.bells.run, here.banner.run)
    async with AsyncExitStack() as stack:
        for loop in loops:
            await stack.enter_async_context(background(loop))
        yield


async def say_goodbye(app: web.Application) -> None:
    """Close the lines first, so that stopping does not wait for them."""
    await app[LIVE].close()
