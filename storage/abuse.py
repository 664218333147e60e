"""Conversations in which a customer was abusive, and who was offered a moment to cool off after them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from conversations.ids import ContactId, ConversationId, UserId
from storage.database import Transaction
from storage.lookups import Lookup
from storage.tables import abuses, conversations, cool_offs


@dataclass(frozen=True)
class CoolOff:
    """An offer to cool off; one for each person and conversation."""

    conversation_id: ConversationId
    user_id: UserId
    offered_at: datetime


def mark(transaction: Transaction, conversation_id: ConversationId, by: UserId, word: str, now: datetime) -> bool:
    """Note that the customer was abusive here; False when that is known."""
    run, known = transaction.connection.execute, abuses.c.conversation_id == conversation_id
    if run(select(abuses.c.conversation_id).where(known)).one_or_none():
        return False
    run(insert(abuses).values(conversation_id=conversation_id, marked_by=by, word=word, marked_at=now))
    return True


_MARKED = Lookup(
    select(abuses.c.conversation_id)
    .join(conversations, conversations.c.id == abuses.c.conversation_id)
    .where(conversations.c.contact_id == bindparam("contact"))
    .limit(1)
)


def is_abusive(connection: Connection, contact_id: ContactId) -> bool:
    """Whether a customer was abusive in any of their conversations."""
    return bool(_MARKED.run(connection, contact=contact_id))


def offer(transaction: Transaction, conversation_id: ConversationId, user_id: UserId, now: datetime) -> bool:
    """Offer somebody to cool off; False when they were asked after this conversation before."""
    run = transaction.connection.execute
    asked = (cool_offs.c.conversation_id == conversation_id) & (cool_offs.c.user_id == user_id)
    if run(select(cool_offs.c.user_id).where(asked)).one_or_none():
        return False
    run(insert(cool_offs).values(conversation_id=conversation_id, user_id=user_id, offered_at=now))
    return True


def offered(connection: Connection, user_id: UserId, since: datetime) -> CoolOff | None:
    """What somebody was offered last since then and has not answered, or None."""
    row = connection.execute(
        select(cool_offs.c.conversation_id, cool_offs.c.user_id, cool_offs.c.offered_at)
        .where(cool_offs.c.user_id == user_id, cool_offs.c.answered_at.is_(None), cool_offs.c.offered_at > since)
        .order_by(cool_offs.c.offered_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else CoolOff(*row)


def answer(transaction: Transaction, user_id: UserId, values: Mapping[str, object]) -> None:
    """Write what somebody answered to everything that they were offered."""
    open_now = (cool_offs.c.user_id == user_id) & cool_offs.c.answered_at.is_(None)
    transaction.connection.execute(update(cool_offs).where(open_now).values(**values))
