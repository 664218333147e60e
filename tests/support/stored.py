"""What the database says, as far as the books of the customers can be compared with it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from conversations.conversation import OPEN, ORDINARY_WEIGHT, ConversationState
from conversations.events import EventKind
from conversations.inbound import ContactChange
from conversations.message import UNDONE, DeliveryState, Direction, Lane, fold
from conversations.parts import Media, Segment, plain_text
from storage import tables
from storage.database import Database
from storage.people import listed

PICTURE = "[picture]"

Line = tuple[str, str, str]
"""Something that was said: account, address, content."""


@dataclass(frozen=True)
class Arrived:
    """An inbound message as it is stored."""

    id: str
    account: str
    address: str
    external_id: str
    key: str = ""
    words: str = ""


@dataclass(frozen=True)
class Sent:
    """One part of an outbound message as it is stored; the segments of a text are one."""

    id: str
    conversation: str
    line: Line
    state: DeliveryState
    lane: Lane


@dataclass(frozen=True)
class Moved:
    """A conversation that came to an agent, or away from one. `weight` is what it takes of them."""

    conversation: str
    assignee: str | None
    by_router: bool
    weight: int = ORDINARY_WEIGHT


@dataclass(frozen=True)
class Stored:
    """What the database says."""

    arrived: Sequence[Arrived]
    sent: Sequence[Sent]
    moves: Sequence[Moved]
    capacities: Mapping[str, int]
    unplaced: Sequence[str]
    quarantined: int
    messages: Collection[str]
    left: Collection[Line] = ()

    def under_way(self) -> list[str]:
        """Parts with which we have something to do ourselves."""
        return [each.id for each in self.sent if each.state in UNDONE]

    def unknown(self) -> int:
        """How many parts are in doubt, and shown so."""
        return sum(each.state is DeliveryState.UNKNOWN for each in self.sent)


async def read_stored(url: str) -> Stored:
    """The database as it is now."""
    database = Database(url)
    try:
        return await database.read(_read)
    finally:
        await database.close()


def _read(connection: Connection) -> Stored:
    return Stored(
        arrived=_arrived(connection),
        sent=_sent(connection),
        moves=_moves(connection),
        capacities={user.id: user.capacity for user in listed(connection)},
        unplaced=_unplaced(connection),
        quarantined=connection.execute(select(func.count()).select_from(tables.quarantine)).scalar_one(),
        messages=set(connection.scalars(select(tables.messages.c.id))),
        left=_left(connection),
    )


def _arrived(connection: Connection) -> list[Arrived]:
    messages = tables.messages
    query = select(messages).where(messages.c.direction == Direction.INBOUND).order_by(messages.c.id)
    return [
        Arrived(row.id, row.account_id, row.address, row.external_id, row.key, plain_text(row.parts))
        for row in connection.execute(query)
    ]


def _left(connection: Connection) -> set[Line]:
    """Who left which account, and with what words."""
    news = tables.provider_events
    query = select(news).where(news.c.name.in_((ContactChange.OPTED_OUT, ContactChange.UNFOLLOWED)))
    return {(row.account_id, row.address, row.raw) for row in connection.execute(query)}


def _sent(connection: Connection) -> list[Sent]:
    deliveries = tables.deliveries
    rows = connection.execute(select(deliveries).order_by(deliveries.c.message_id, deliveries.c.position))
    return [_as_seen(together) for together in _put_together(rows)]


def _put_together(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """A phone shows the segments of a text as one."""
    whole: list[Any] = []
    for row in rows:
        if not (isinstance(row.parts[0], Segment) and row.parts[0].number > 1) and whole:
            yield whole
            whole = []
        whole.append(row)
    if whole:
        yield whole


def _as_seen(rows: Sequence[Any]) -> Sent:
    first = rows[0]
    state = fold([DeliveryState(row.state) for row in rows])
    content = PICTURE if isinstance(first.parts[0], Media) else one_line("".join(plain_text(row.parts) for row in rows))
    return Sent(first.id, first.conversation_id, (first.account_id, first.address, content), state, Lane(first.lane))


_LEAVING = (EventKind.CONVERSATION_QUEUED, EventKind.CONVERSATION_RESOLVED, EventKind.CONVERSATION_CLOSED)


def _moves(connection: Connection) -> list[Moved]:
    events = tables.events
    wanted = (EventKind.CONVERSATION_ASSIGNED, *_LEAVING)
    weights = {row.id: row.weight for row in connection.execute(select(tables.conversations))}
    rows = connection.execute(select(events).where(events.c.kind.in_(wanted)).order_by(events.c.position))
    return [
        Moved(
            row.conversation_id,
            str(row.data["assignee_id"]) if row.kind == EventKind.CONVERSATION_ASSIGNED else None,
            row.actor == "router",
            weights[row.conversation_id],
        )
        for row in rows
    ]


def _unplaced(connection: Connection) -> list[str]:
    """Open conversations that are in no queue and with nobody."""
    conversations = tables.conversations
    nowhere = conversations.c.queue_id.is_(None) & conversations.c.assignee_id.is_(None)
    states = [state.value for state in OPEN]
    lost = conversations.c.state.in_(states) & nowhere
    idle = (conversations.c.state == ConversationState.ASSIGNED) & conversations.c.assignee_id.is_(None)
    return list(connection.scalars(select(conversations.c.id).where(lost | idle)))


def one_line(text: str) -> str:
    """Words without the line ends that mail programs put between them."""
    return " ".join(text.split())
