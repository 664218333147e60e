"""Survey invitations: one per resolving of a conversation, moving forward only.

due → sent → answered | expired          due → excused(reason)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from conversations.ids import ContactId, ConversationId, InvitationId, UserId
from storage.database import Transaction
from storage.lookups import Lookup, among
from storage.rows import fields_of
from storage.tables import invitations


class InvitationState(StrEnum):
    """Where an invitation is."""

    DUE = "due"
    SENT = "sent"
    ANSWERED = "answered"
    EXPIRED = "expired"
    EXCUSED = "excused"


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """The question how it went, after one resolving; `reason` says why it waits or was not asked."""

    id: InvitationId
    conversation_id: ConversationId
    contact_id: ContactId
    agent_id: UserId | None
    resolved_at: datetime
    state: InvitationState
    due_at: datetime
    reason: str = ""
    sent_at: datetime | None = None
    expires_at: datetime | None = None
    answered_at: datetime | None = None
    score: int | None = None


def add(transaction: Transaction, invitation: Invitation) -> None:
    """Store an invitation; a second one for the same resolving is refused by the database."""
    transaction.connection.execute(insert(invitations).values(**vars(invitation)))


def due(connection: Connection, now: datetime, limit: int = 200) -> list[InvitationId]:
    """What should be asked now, the oldest first."""
    rows = connection.execute(
        select(invitations.c.id)
        .where(invitations.c.state == InvitationState.DUE, invitations.c.due_at <= now)
        .order_by(invitations.c.due_at)
        .limit(limit)
    )
    return [InvitationId(row.id) for row in rows]


def lock(transaction: Transaction, invitation_id: InvitationId) -> Invitation | None:
    """One invitation, held against other writers until the commit."""
    row = transaction.connection.execute(
        select(invitations).where(invitations.c.id == invitation_id).with_for_update(key_share=True)
    ).one_or_none()
    return None if row is None else _invitation(fields_of(row))


def awaiting_answer(transaction: Transaction, contacts: Iterable[ContactId]) -> dict[ContactId, Invitation]:
    """The latest open question of each of these people, held until the commit."""
    rows = transaction.connection.execute(
        select(invitations)
        .where(
            among(invitations.c.contact_id, contacts),
            invitations.c.state == InvitationState.SENT,
        )
        .order_by(invitations.c.sent_at)
        .with_for_update(key_share=True)
    )
    return {found.contact_id: found for found in (_invitation(fields_of(row)) for row in rows)}


_OF_CONVERSATION = Lookup(
    select(invitations)
    .where(invitations.c.conversation_id == bindparam("conversation"))
    .order_by(invitations.c.resolved_at)
)


def of_conversation(connection: Connection, conversation_id: ConversationId) -> list[Invitation]:
    """Every invitation of one conversation, in order."""
    return list(map(_invitation, _OF_CONVERSATION.named(connection, conversation=conversation_id)))


def overdue(transaction: Transaction, now: datetime, limit: int = 200) -> list[Invitation]:
    """Questions that nobody answered in time, held until the commit."""
    rows = transaction.connection.execute(
        select(invitations)
        .where(invitations.c.state == InvitationState.SENT, invitations.c.expires_at <= now)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return [_invitation(fields_of(row)) for row in rows]


def change(transaction: Transaction, invitation_id: InvitationId, values: Mapping[str, object]) -> None:
    """Write some columns of one invitation."""
    transaction.connection.execute(update(invitations).where(invitations.c.id == invitation_id).values(**values))


def _invitation(fields: dict[str, Any]) -> Invitation:
    fields["state"] = InvitationState(fields["state"])
    return Invitation(**fields)
