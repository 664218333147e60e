"""What a customer's message may join, and what it changes there, many at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from conversations.conversation import ConversationState, Standing
from conversations.ids import ContactId, ConversationId
from storage.bulk import Bulk
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.tables import conversations


def _standing_by(column: ColumnElement[Any]) -> Lookup:
    return Lookup(
        select(
            conversations.c.id,
            conversations.c.contact_id,
            conversations.c.state,
            conversations.c.resolved_at,
            conversations.c.unanswered_since,
            conversations.c.account_id,
            conversations.c.address,
            conversations.c.last_message_at,
            conversations.c.preview,
        )
        .where(among(column, texts("wanted")))
        .order_by(conversations.c.id)
        .with_for_update(key_share=True)
    )


_JOINABLE = _standing_by(conversations.c.join_key)


_STANDING = _standing_by(conversations.c.id)


def joinable(transaction: Transaction, contacts: Iterable[ContactId]) -> dict[ContactId, Standing]:
    """The one conversation per contact that a message on a continuous channel may join, held until the commit."""
    return {each.contact_id: each for each in map(_standing, _JOINABLE.run(transaction.connection, wanted=contacts))}


def standing(transaction: Transaction, ids: Iterable[ConversationId]) -> dict[ConversationId, Standing]:
    """How conversations stand that a threaded message may join, held until the commit."""
    return {each.id: each for each in map(_standing, _STANDING.run(transaction.connection, wanted=ids))}


def _standing(row: Sequence[Any]) -> Standing:
    conversation, contact, state, *rest = row
    return Standing(conversation, contact, ConversationState(state), *rest)


_HEARD = Bulk.update(
    conversations,
    "state",
    "account_id",
    "address",
    "changed_at",
    "last_message_at",
    "unanswered_since",
    "preview",
)


def heard(transaction: Transaction, changed: Sequence[Standing]) -> None:
    """Write what customers' messages change on conversations, many at once."""
    _HEARD.run(
        transaction.connection,
        [
            {
                "id": each.id,
                "state": each.state,
                "account_id": each.account_id,
                "address": each.address,
                "changed_at": each.last_message_at,
                "last_message_at": each.last_message_at,
                "unanswered_since": each.unanswered_since,
                "preview": each.preview,
            }
            for each in changed
        ],
    )
