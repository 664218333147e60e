"""Hands that are up. What became of those that are down, the events tell."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from conversations.help import Hand
from conversations.ids import HandId, UserId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import hands


def add(transaction: Transaction, hand: Hand) -> None:
    """Store one; a second one of the same person is refused by the database."""
    transaction.connection.execute(insert(hands).values(**vars(hand)))


def hold(transaction: Transaction, hand_id: HandId) -> Hand | None:
    """One of them, held until the commit; None when it is down."""
    row = transaction.connection.execute(
        select(hands).where(hands.c.id == hand_id).with_for_update(key_share=True)
    ).one_or_none()
    return None if row is None else Hand(**fields_of(row))


def take(transaction: Transaction, hand_id: HandId, by: UserId, now: datetime) -> None:
    """Note who comes."""
    transaction.connection.execute(update(hands).where(hands.c.id == hand_id).values(taken_by=by, taken_at=now))


def lower(transaction: Transaction, hand_id: HandId) -> None:
    """It is up no longer."""
    transaction.connection.execute(delete(hands).where(hands.c.id == hand_id))


def listed(connection: Connection) -> list[Hand]:
    """All that are up, the first one first."""
    return [Hand(**fields_of(row)) for row in connection.execute(select(hands).order_by(hands.c.raised_at, hands.c.id))]
