"""What a visitor of our own web chat may read: what was said over their address, and nothing else of the contact."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from conversations.address import Address
from conversations.ids import AccountId, ConversationId, MessageId
from conversations.message import Direction
from storage.lookups import among
from storage.tables import conversations, events, identities, messages


def said_over(connection: Connection, account_id: AccountId, address: Address, limit: int) -> dict[MessageId, str]:
    """The newest messages over one address, notes left out, each with its conversation."""
    contact = select(identities.c.contact_id).where(identities.c.address == address).scalar_subquery()
    rows = connection.execute(
        select(messages.c.id, messages.c.conversation_id)
        .where(
            messages.c.contact_id == contact,
            messages.c.account_id == account_id,
            messages.c.address == address,
            messages.c.direction != Direction.NOTE,
        )
        .order_by(messages.c.id.desc())
        .limit(limit)
    )
    return {MessageId(row.id): row.conversation_id for row in rows}


def conversation_of(connection: Connection, address: Address) -> ConversationId | None:
    """The conversation that the next message from this address would join, or None."""
    found = connection.execute(
        select(conversations.c.id)
        .join(identities, identities.c.contact_id == conversations.c.join_key)
        .where(identities.c.address == address)
    ).scalar_one_or_none()
    return None if found is None else ConversationId(found)


def changed_after(
    connection: Connection, conversation_ids: Iterable[ConversationId | str], position: int
) -> set[MessageId]:
    """Which messages of some conversations were said, or got another state, after a position of the story."""
    rows = connection.execute(
        select(events.c.message_id).where(
            among(events.c.conversation_id, conversation_ids),
            events.c.position > position,
            events.c.message_id.is_not(None),
        )
    )
    return {MessageId(row.message_id) for row in rows}
