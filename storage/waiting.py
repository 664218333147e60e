"""Who waits on which address, at which place in line, and which queues have somebody who works in them."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, case, cast, func, select, type_coerce

from conversations.address import Address
from conversations.conversation import HEAD_START, PRIORITY, Conversation, ConversationState
from conversations.ids import AccountId, ContactId, ConversationId, QueueId, UserId
from conversations.states import ON_DUTY
from storage.conversations import lock
from storage.database import Transaction
from storage.tables import accounts, conversations, queue_members, queues, users
from storage.types import Instant

SEES_IT = "webchat"
"""The kind of channel that shows the place in line all the time."""

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
    """Where somebody stands, from 1; `queue_id` is None until a queue was found.

    `wish` is what they asked for instead (`conversations.wishes`).
    """

    queue_id: QueueId | None
    number: int
    wish: str = ""


def places(connection: Connection, addresses: Set[Address]) -> dict[Address, Place]:
    """The places of those of these addresses that wait. One query, however many there are."""
    rows = connection.execute(
        select(conversations.c.address, conversations.c.queue_id, conversations.c.wish, _PLACE.label("number")).where(
            conversations.c.state.in_(_WAITING)
        )
    )
    return {row.address: Place(row.queue_id, row.number, row.wish) for row in rows if row.address in addresses}


MOST = 200
"""Waiting customers who are told in one go."""

_MINUTE = timedelta(minutes=1) // _MICROSECOND


def untold(connection: Connection, now: datetime) -> list[ConversationId]:
    """Who stands in a line for so long that its queue tells them, and was not told; not those who see it anyway."""
    told_from = _SINCE + cast(queues.c.tells_after, BigInteger) * _MINUTE
    rows = connection.execute(
        select(conversations.c.id)
        .join(queues, queues.c.id == conversations.c.queue_id)
        .join(accounts, accounts.c.id == conversations.c.account_id)
        .where(
            conversations.c.state == ConversationState.QUEUED,
            conversations.c.told_at.is_(None),
            queues.c.tells_after.is_not(None),
            accounts.c.kind != SEES_IT,
            type_coerce(told_from, Instant) <= now,
        )
        .order_by(_SINCE)
        .limit(MOST)
    )
    return [ConversationId(row.id) for row in rows]


def of_contact(transaction: Transaction, contact_id: ContactId, account_id: AccountId) -> Conversation | None:
    """The conversation in which somebody waits in a line, held until the commit; the latest on this account, or else
    the latest at all."""
    rows = transaction.connection.execute(
        select(conversations.c.id)
        .where(conversations.c.contact_id == contact_id, conversations.c.state.in_(_WAITING))
        .order_by(conversations.c.account_id != account_id, conversations.c.id.desc())
        .limit(1)
    )
    found = rows.scalar_one_or_none()
    held = None if found is None else lock(transaction, ConversationId(found))
    return held if held is not None and held.state in _WAITING else None


def present(connection: Connection, since: datetime) -> dict[QueueId, frozenset[UserId]]:
    """Who of each queue is ready, and has a screen that was seen since then; queues without anybody are left out."""
    rows = connection.execute(
        select(queue_members.c.queue_id, queue_members.c.user_id)
        .join(users, users.c.id == queue_members.c.user_id)
        .where(users.c.state.in_(ON_DUTY), users.c.enabled, users.c.seen_at >= since)
    )
    found: dict[QueueId, set[UserId]] = {}
    for queue_id, user_id in rows:
        found.setdefault(QueueId(queue_id), set()).add(UserId(user_id))
    return {queue_id: frozenset(members) for queue_id, members in found.items()}
