"""Blocked customers: what they write is kept and leads nowhere, unless they complain."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from conversations.blocks import Block
from conversations.conversation import Conversation, ConversationState
from conversations.events import Event, EventKind
from conversations.ids import ConversationId
from routing.rulebook.said import says, word_finder
from routing.rulebook.words import COMPLAINT
from routing.writing import LEASE, Say
from storage import blocks, conversations, leases, rules
from storage.database import Connection, Transaction
from templates.renderer import in_every_language

ANSWER = "blocking/answer.txt"
"""What a blocked customer is told, once for each block."""

REASON = "the customer is blocked"

Blocked = Mapping[ConversationId, Block]


def blocked(connection: Connection, rows: Sequence[Conversation], now: datetime) -> Blocked:
    """Which of these conversations lead nowhere, and by which block."""
    held = blocks.in_force(connection, {row.contact_id for row in rows}, now)
    if not held:
        return {}
    complains = word_finder(rules.current(connection), COMPLAINT)
    return {
        row.id: held[row.contact_id]
        for row in rows
        if row.contact_id in held and not says(connection, row.id, complains)
    }


def set_aside(transaction: Transaction, fence: int, aside: Blocked, now: datetime, say: Say) -> None:
    """Settle what blocked customers wrote; a word of complaint takes it up again. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    for row in conversations.hold(transaction, aside).values():
        if row.state in _WAITING and row.queue_id is None:
            _settle(transaction, row, aside[row.id], now)
            _tell_once(transaction, row, aside[row.id], now, say)


_WAITING = (ConversationState.NEW, ConversationState.QUEUED)


def _settle(transaction: Transaction, row: Conversation, block: Block, now: datetime) -> None:
    values = {"state": ConversationState.RESOLVED, "resolved_at": now, "changed_at": now, "unanswered_since": None}
    conversations.change(transaction, row.id, values)
    kind, data = EventKind.CONVERSATION_RESOLVED, {"block": block.id}
    transaction.emit(
        Event(
            kind=kind,
            at=now,
            actor=LEASE,
            conversation_id=row.id,
            contact_id=row.contact_id,
            reason=REASON,
            data=data,
        )
    )


def _tell_once(transaction: Transaction, row: Conversation, block: Block, now: datetime, say: Say) -> None:
    held = blocks.hold(transaction, block.id)
    if held is not None and held.answered_at is None:
        blocks.change(transaction, block.id, {"answered_at": now})
        say(transaction, row, in_every_language(ANSWER), f"block-{block.id}", now)
