"""A time that is over: who came, what they asked for, and how long they took."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, select

from conversations.events import EventKind
from conversations.ids import QueueId, UserId, first_id
from storage.tables import contacts, conversations, events


@dataclass(frozen=True)
class Came:
    """Somebody who came to a queue; `agent_id` is who had them first, from `taken_at` on, if anybody had."""

    queue_id: QueueId
    skill: str
    weight: int
    at: datetime
    agent_id: UserId | None
    taken_at: datetime | None
    resolved_at: datetime | None
    manager_id: UserId | None

    @property
    def took(self) -> timedelta | None:
        """How long the conversation was with agents, when it is over."""
        if self.taken_at is None or self.resolved_at is None:
            return None
        return self.resolved_at - self.taken_at


@dataclass(frozen=True)
class Offers:
    """How many conversations were offered to agents first, and how many of these nobody answered."""

    made: int
    missed: int


def came(connection: Connection, since: datetime, until: datetime) -> list[Came]:
    """Everybody who came within this time, in the order in which they did."""
    given = and_(events.c.conversation_id == conversations.c.id, events.c.kind == EventKind.CONVERSATION_ASSIGNED)
    rows = connection.execute(
        select(
            conversations.c.queue_id,
            conversations.c.skill,
            conversations.c.weight,
            conversations.c.opened_at,
            conversations.c.owner_id,
            func.min(events.c.at),
            conversations.c.resolved_at,
            contacts.c.manager_id,
        )
        .join(contacts, contacts.c.id == conversations.c.contact_id)
        .outerjoin(events, given)
        # Ids follow the time, and have an index.
        .where(conversations.c.id >= first_id(since), conversations.c.queue_id.is_not(None))
        .where(conversations.c.opened_at >= since, conversations.c.opened_at < until)
        .group_by(conversations.c.id, contacts.c.id)
        .order_by(conversations.c.opened_at, conversations.c.id)
    )
    return [Came(*row) for row in rows]


def offers(connection: Connection, since: datetime, until: datetime) -> Offers:
    """The offers of this time."""
    kinds = (EventKind.CONVERSATION_OFFERED, EventKind.CONVERSATION_MISSED)
    made, missed = (func.count().filter(events.c.kind == kind) for kind in kinds)
    within = (events.c.kind.in_(kinds), events.c.at >= since, events.c.at < until)
    return Offers(*connection.execute(select(made, missed).where(*within)).one())
