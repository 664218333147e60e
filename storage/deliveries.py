"""The outbox: what has to be sent, claimed under a lease, moved forward only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, insert, select, tuple_, update

from conversations.address import Address
from conversations.ids import AccountId, DeliveryId, MessageId
from conversations.message import UNDONE, Delivery, DeliveryState, Lane
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.rows import fields_of
from storage.tables import accounts, deliveries

_WAITING = (DeliveryState.PENDING,)
_IN_FLIGHT = (DeliveryState.SUBMITTING,)


COUNTED = (DeliveryState.PENDING, DeliveryState.SUBMITTING, DeliveryState.UNKNOWN)
"""States of rows that somebody still has to care about."""


@dataclass(frozen=True)
class Lease:
    """Who works on a row, and until when; later the row is anybody's."""

    holder: str
    until: datetime


def add(transaction: Transaction, new: Sequence[Delivery], now: datetime) -> None:
    """Put parts into the outbox, in the transaction that stores their message."""
    if new:
        transaction.connection.execute(insert(deliveries), [_values(each, now) for each in new])


def get(connection: Connection, delivery_id: DeliveryId) -> Delivery | None:
    """One delivery, or None."""
    return many(connection, [delivery_id]).get(delivery_id)


def many(connection: Connection, ids: Iterable[DeliveryId]) -> dict[DeliveryId, Delivery]:
    """Several deliveries by id."""
    rows = connection.execute(select(deliveries).where(among(deliveries.c.id, ids)))
    return {found.id: found for found in map(_delivery, rows)}


_OF_MESSAGES = Lookup(
    select(deliveries).where(among(deliveries.c.message_id, texts("ids"))).order_by(deliveries.c.position)
)


def of_messages(connection: Connection, ids: Iterable[MessageId]) -> dict[MessageId, list[Delivery]]:
    """The parts of several messages, in order."""
    found: dict[MessageId, list[Delivery]] = {}
    for fields in _OF_MESSAGES.named(connection, ids=ids):
        found.setdefault(fields["message_id"], []).append(_read(fields))
    return found


def hold(transaction: Transaction, ids: Iterable[DeliveryId]) -> dict[DeliveryId, Delivery]:
    """Several deliveries by id, held against other writers until the commit."""
    rows = transaction.connection.execute(
        select(deliveries).where(among(deliveries.c.id, ids)).order_by(deliveries.c.id).with_for_update(key_share=True)
    )
    return {found.id: found for found in map(_delivery, rows)}


def hold_by_external_id(transaction: Transaction, account_id: AccountId, external_ids: Iterable[str]) -> list[Delivery]:
    """Deliveries that the provider knows under these names, held until the commit."""
    rows = transaction.connection.execute(
        select(deliveries)
        .where(deliveries.c.account_id == account_id, among(deliveries.c.external_id, external_ids))
        .order_by(deliveries.c.id)
        .with_for_update(key_share=True)
    )
    return list(map(_delivery, rows))


def claim(transaction: Transaction, lane: Lane, now: datetime, lease: Lease, limit: int) -> list[Delivery]:
    """Take up to `limit` due rows of a lane, the oldest first: from the commit on they are being submitted.

    Left alone: rows of paused accounts, and rows behind an earlier one of the same conversation and account that is
    not done yet, so that a customer reads what we wrote in the order we wrote it. Bulk holds nothing but bulk back.
    """
    due = (
        select(deliveries)
        .where(_may_go(lane), deliveries.c.due_at <= now)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True, of=deliveries)
    )
    claimed = [_delivery(row) for row in transaction.connection.execute(due)]
    move(transaction, claimed, DeliveryState.SUBMITTING, now, lease)
    return claimed


def first_waiting(transaction: Transaction, account_id: AccountId, address: Address, now: datetime) -> Delivery | None:
    """The first row that waits for room in a request of this customer's, held until the commit."""
    row = transaction.connection.execute(
        select(deliveries)
        .where(
            _may_go(Lane.INTERACTIVE),
            deliveries.c.account_id == account_id,
            deliveries.c.address == address,
            deliveries.c.due_at > now,
            deliveries.c.attempt == 1,
        )
        .order_by(deliveries.c.id)
        .limit(1)
        .with_for_update(key_share=True, of=deliveries)
    ).one_or_none()
    return None if row is None else _delivery(row)


_MOVE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"))
    .values(
        state=bindparam("to_state"),
        holder=bindparam("by"),
        leased_until=bindparam("until"),
        changed_at=bindparam("at"),
    )
)


def move(
    transaction: Transaction,
    rows: Sequence[Delivery],
    state: DeliveryState,
    now: datetime,
    lease: Lease,
) -> None:
    """Write one new state on several rows."""
    if rows:
        transaction.connection.execute(
            _MOVE,
            [
                {"delivery": row.id, "to_state": state, "by": lease.holder, "until": lease.until, "at": now}
                for row in rows
            ],
        )


def change(transaction: Transaction, delivery_id: DeliveryId, values: Mapping[str, object]) -> None:
    """Write some columns of one delivery."""
    transaction.connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values))


def abandoned(transaction: Transaction, now: datetime, limit: int = 500) -> list[Delivery]:
    """Rows whose worker is gone: submitting, with the lease over."""
    rows = transaction.connection.execute(
        select(deliveries)
        .where(deliveries.c.state.in_(_IN_FLIGHT), deliveries.c.leased_until < now)
        .order_by(deliveries.c.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return list(map(_delivery, rows))


def next_due(connection: Connection, lane: Lane) -> datetime | None:
    """When the next row of a lane may be claimed, or None when there is none."""
    due: datetime | None = connection.execute(
        select(deliveries.c.due_at).where(_may_go(lane)).order_by(deliveries.c.due_at).limit(1)
    ).scalar_one_or_none()
    return due


_EARLIER = deliveries.alias("earlier")


def _may_go(lane: Lane) -> ColumnElement[bool]:
    """What waits in a lane, on an account that is not paused, behind nothing of its own conversation."""
    behind = exists().where(
        _EARLIER.c.conversation_id == deliveries.c.conversation_id,
        _EARLIER.c.account_id == deliveries.c.account_id,
        _EARLIER.c.lane.in_((Lane.INTERACTIVE, lane)),
        _EARLIER.c.state.in_(sorted(UNDONE)),
        tuple_(_EARLIER.c.message_id, _EARLIER.c.position) < tuple_(deliveries.c.message_id, deliveries.c.position),
    )
    paused = exists().where(accounts.c.id == deliveries.c.account_id, accounts.c.paused != "")
    return and_(deliveries.c.lane == lane, deliveries.c.state.in_(_WAITING), ~paused, ~behind)


def count_by_state(connection: Connection) -> dict[str, int]:
    """How many rows are not done yet, by state."""
    rows = connection.execute(
        select(deliveries.c.state, func.count()).where(deliveries.c.state.in_(COUNTED)).group_by(deliveries.c.state)
    )
    return {row.state: row[1] for row in rows}


def _values(delivery: Delivery, now: datetime) -> dict[str, object]:
    values = dict(vars(delivery))
    values["parts"] = (values.pop("part"),)
    return {**values, "thread": list(delivery.thread), "leased_until": None, "holder": "", "changed_at": now}


def _delivery(row: Any) -> Delivery:
    return _read(fields_of(row))


def _read(fields: dict[str, Any]) -> Delivery:
    for name in ("leased_until", "holder", "changed_at"):
        del fields[name]
    (fields["part"],) = fields.pop("parts")
    fields["state"] = DeliveryState(fields["state"])
    fields["lane"] = Lane(fields["lane"])
    fields["thread"] = tuple(fields["thread"])
    return Delivery(**fields)
