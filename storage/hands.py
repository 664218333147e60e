"""Hands that are up. What became of those that are down, the events tell."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from conversations.events import Event, EventKind
from conversations.help import Hand
from conversations.ids import HandId, UserId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import hands


def add(transaction: Transaction, hand: Hand) -> None:
    """Store one; a second one of the same person is refused by the database."""
    transaction.connection.execute(insert(hands).values(**vars(hand)))
    _tell(transaction, EventKind.HAND_RAISED, hand, hand.user_id, hand.raised_at, hand.word)


def hold(transaction: Transaction, hand_id: HandId) -> Hand | None:
    """One of them, held until the commit; None when it is down."""
    row = transaction.connection.execute(
        select(hands).where(hands.c.id == hand_id).with_for_update(key_share=True)
    ).one_or_none()
    return None if row is None else Hand(**fields_of(row))


def take(transaction: Transaction, hand: Hand, by: UserId, now: datetime) -> None:
    """Note who comes."""
    transaction.connection.execute(update(hands).where(hands.c.id == hand.id).values(taken_by=by, taken_at=now))
    _tell(transaction, EventKind.HAND_TAKEN, hand, by, now, hand.word)


def lower(transaction: Transaction, hand: Hand, by: str, now: datetime, word: str) -> None:
    """It is up no longer."""
    if transaction.connection.execute(delete(hands).where(hands.c.id == hand.id)).rowcount:
        _tell(transaction, EventKind.HAND_LOWERED, hand, by, now, word)


def lower_of(transaction: Transaction, user_id: UserId, by: str, now: datetime, word: str) -> None:
    """The same for whatever this person raised."""
    for hand in listed(transaction.connection):
        if hand.user_id == user_id:
            lower(transaction, hand, by, now, word)


def listed(connection: Connection) -> list[Hand]:
    """All that are up, the first one first."""
    return [Hand(**fields_of(row)) for row in connection.execute(select(hands).order_by(hands.c.raised_at, hands.c.id))]


def _tell(transaction: Transaction, kind: EventKind, hand: Hand, actor: str, now: datetime, word: str) -> None:
    transaction.emit(
        Event(
            kind=kind,
            at=now,
            actor=actor,
            conversation_id=hand.conversation_id,
            subject_id=hand.user_id,
            reason=word,
            data={"hand": hand.id},
        )
    )
