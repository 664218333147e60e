"""Promises: what is given to one customer, by no policy."""

from datetime import datetime

from conversations.conversation import Conversation
from conversations.deadlines import Deadline, DeadlineKind
from conversations.events import Event, EventKind
from routing.deadlines import dropped, promised
from storage import deadlines
from storage.database import Transaction


def promise(
    transaction: Transaction,
    conversation: Conversation,
    kind: DeadlineKind,
    due_at: datetime,
    now: datetime,
    *,
    actor: str,
    reason: str,
) -> Deadline:
    """Promise something by an instant, in place of what was promised of this kind before."""
    deadlines.begin(transaction)
    before = deadlines.of_conversations(transaction.connection, [conversation.id])
    replaced = [dropped(each, now) for each in before if each.kind is kind and each.ended_at is None]
    new = promised(kind, conversation.id, now, due_at)
    deadlines.put(transaction, [*replaced, new])
    transaction.emit(
        Event(
            kind=EventKind.DEADLINE_CHANGED,
            at=now,
            actor=actor,
            conversation_id=conversation.id,
            contact_id=conversation.contact_id,
            subject_id=new.id,
            reason=reason,
            data={"deadline": kind, "started_at": now, "due_at": new.due_at},
        )
    )
    return new
