"""Who waits on which address, at which place in line, and which queues have somebody who works in them."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, case, cast, func, select, type_coerce

from conversations.address import Address
from conversations.conversation import HEAD_START, PRIORITY, ConversationState
from conversations.ids import QueueId
from conversations.states import ON_DUTY
from storage.tables import conversations, queue_members, users

_WAITING = (ConversationState.NEW, ConversationState.QUEUED)

_MICROSECOND = timedelta(microseconds=1)

_SINCE = type_coerce(func.coalesce(conversations.c.unanswered_since, conversations.c.opened_at), BigInteger)

# As routing serves them (`routing.lines.Ticket.turn`): priority, and having been served before, are a longer wait.
_TURN = (
    _SINCE
    - cast(conversations.c.priority, BigInteger) * (PRIORITY // _MICROSECOND)
    - case((conversations.c.owner_id.is_not(None), HEAD_START // _MICROSECOND), else_=0)
)

_PLACE = func.row_number().over(
    partition_by=conversations.c.queue_id,
    order_by=(_TURN, _SINCE, conversations.c.id),
)


@dataclass(frozen=True)
class Place:
    """Where somebody stands, from 1; `queue_id` is None until a queue was found."""

    queue_id: QueueId | None
    number: int


def places(connection: Connection, addresses: Set[Address]) -> dict[Address, Place]:
    """The places of those of these addresses that wait. One query, however many there are."""
    rows = connection.execute(
        select(conversations.c.address, conversations.c.queue_id, _PLACE.label("number")).where(
            conversations.c.state.in_(_WAITING)
        )
    )
    return {row.address: Place(row.queue_id, row.number) for row in rows if row.address in addresses}


def staffed(connection: Connection, since: datetime) -> frozenset[QueueId]:
    """The queues with somebody who is ready, and whose screen was seen since then."""
    rows = connection.execute(
        select(queue_members.c.queue_id)
        .join(users, users.c.id == queue_members.c.user_id)
        .where(users.c.state.in_(ON_DUTY), users.c.enabled, users.c.seen_at >= since)
        .distinct()
    )
    return frozenset(QueueId(row.queue_id) for row in rows)
