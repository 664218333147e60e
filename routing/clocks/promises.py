"""Promises: what is given to one customer, by no policy."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from conversations.conversation import Conversation
from conversations.deadlines import Deadline, DeadlineKind, Outcome
from conversations.events import Event, EventKind
from routing.clocks.deadlines import dropped, ended, promised
from routing.clocks.escalation import facts_of
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
    time_zone: str = "",
    about: str = "",
) -> Deadline:
    """Promise something by an instant, in place of what was promised of this kind and about this before.

    Hold the conversation first. `reason` stays with the promise, for whoever has to keep it; in the `time_zone` the
    customer is told the instant; `about` is the id of a fault.
    """
    deadlines.begin(transaction)
    replaced = [dropped(each, now) for each in _running(transaction, conversation, [kind], about)]
    plain = promised(kind, conversation.id, now, due_at, reason)
    new = replace(plain, time_zone=time_zone, about=about)
    deadlines.put(transaction, [*replaced, new])
    _tell(transaction, conversation, new, now, actor)
    return new


def end(
    transaction: Transaction,
    conversation: Conversation,
    kinds: Iterable[DeadlineKind],
    outcome: Outcome,
    now: datetime,
    *,
    actor: str,
    about: str = "",
) -> bool:
    """Say what became of the promises of these kinds, about this, that run. Returns whether there were any."""
    over = [ended(each, now, outcome) for each in _running(transaction, conversation, kinds, about)]
    deadlines.put(transaction, over)
    for each in over:
        _tell(transaction, conversation, each, now, actor)
    return bool(over)


def _running(
    transaction: Transaction, conversation: Conversation, kinds: Iterable[DeadlineKind], about: str
) -> list[Deadline]:
    wanted, held = frozenset(kinds), deadlines.held(transaction, [conversation.id])
    return [each for each in held if each.kind in wanted and each.about == about and each.ended_at is None]


def _tell(transaction: Transaction, conversation: Conversation, deadline: Deadline, now: datetime, actor: str) -> None:
    transaction.emit(
        Event(
            kind=EventKind.DEADLINE_CHANGED,
            at=now,
            actor=actor,
            conversation_id=conversation.id,
            contact_id=conversation.contact_id,
            subject_id=deadline.id,
            reason=deadline.note,
            data=facts_of(deadline),
        )
    )
