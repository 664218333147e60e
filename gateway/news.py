"""News for screens: what a batch of events touched, as it is now, and what of it each person is sent."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from conversations.conversation import Conversation
from conversations.events import Event, EventKind
from conversations.ids import ContactId, ConversationId, MessageId, UserId
from conversations.message import Delivery, Direction, Message
from conversations.people import Role, User, scope_of
from exchange.accounts import AccountBook
from gateway.api.codec import Json
from gateway.api.names import Names, names_for
from gateway.api.people_views import person_view
from gateway.api.views import TOLD, conversation_row, counts_view, event_view, message_view
from gateway.house import House
from storage import conversations, deliveries, inbox, messages
from storage.database import Connection
from storage.inbox import View

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
    (
        EventKind.COOL_OFF_OFFERED,
        EventKind.COOL_OFF_TAKEN,
        EventKind.COOL_OFF_DECLINED,
        EventKind.RECALL_ASKED,
        EventKind.RECALL_ANSWERED,
    )
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
    house: House
    counts: Mapping[UserId, Mapping[View, int]]


def load_news(
    connection: Connection, batch: Batch, asked: Set[UserId], accounts: AccountBook, known: House | None
) -> News:
    """Load what a batch touched, for these people. The house is read again if it is not `known` to be the same."""
    position = batch[-1].position
    house = (known and known.after(batch, asked)) or House.load(connection, position, asked)
    touched = conversations.many(connection, _touched(connection, batch))
    said = messages.many(connection, [MessageId(event.message_id) for event in batch if event.message_id])
    ours = [each.id for each in said.values() if each.direction is not Direction.INBOUND]
    contacts = [each.contact_id for each in touched.values()]
    moved = any(event.kind in _MOVES for event in batch)
    return News(
        position=position,
        events=batch,
        conversations=touched,
        messages=said,
        deliveries=deliveries.of_messages(connection, ours) if ours else {},
        names=names_for(connection, accounts, contacts, house.people, house.queues),
        house=house,
        counts={
            each: inbox.counts(connection, scope_of(house.users[each])) for each in asked & house.users.keys() if moved
        },
    )


def _touched(connection: Connection, batch: Batch) -> set[ConversationId]:
    """The conversations that events name, and all those of a person of whom they tell something."""
    named = {ConversationId(event.conversation_id) for event in batch if event.conversation_id}
    persons = {ContactId(event.contact_id) for event in batch if event.contact_id and event.kind in _ABOUT_PERSON}
    return named | {each.id for person in persons for each in conversations.of_contact(connection, person)}


def frame(news: News, before: User) -> Json:
    """What one person is sent of the news; `before` is who they were at the last frame."""
    user = news.house.users.get(before.id, before)
    scope = scope_of(user)
    if scope != scope_of(before):
        return anew(news, user)
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


def anew(news: News, user: User) -> Json:
    """What the person may see has changed: the screen loads its lists anew."""
    return {"reset": True, "cursor": news.position, "me": person_view(news.house.users.get(user.id, user))}
