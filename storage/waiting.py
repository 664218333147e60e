"""Who waits on which address, at which place in line, and which queues have somebody who works in them."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from conversations.address import Address
from conversations.conversation import ConversationState
from conversations.ids import QueueId
from conversations.people import AgentState
from storage.tables import conversations, queue_members, users

_WAITING = (ConversationState.NEW, ConversationState.QUEUED)

# As routing serves them: whoever was served before comes first, then whoever has waited longest.
_PLACE = func.row_number().over(
    partition_by=conversations.c.queue_id,
    order_by=(
        conversations.c.owner_id.is_(None),
        func.coalesce(conversations.c.unanswered_since, conversations.c.opened_at),
        conversations.c.id,
    ),
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
        .where(users.c.state == AgentState.READY, users.c.enabled, users.c.seen_at >= since)
        .distinct()
    )
    return frozenset(QueueId(row.queue_id) for row in rows)
