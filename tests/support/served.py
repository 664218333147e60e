"""A line that moved lately: the story of three customers, a place of which lasted hardly two minutes."""

from datetime import datetime, timedelta

from conversations.events import Event, EventKind
from conversations.ids import QueueId, UserId
from storage.database import Transaction


def serve_three(transaction: Transaction, queue_id: QueueId, agent_id: UserId, now: datetime) -> None:
    """They came five minutes ago and were taken one by one; since then nobody waited."""
    for number in range(3):
        for kind, minutes in ((EventKind.CONVERSATION_QUEUED, 5), (EventKind.CONVERSATION_ASSIGNED, 4 - 2 * number)):
            transaction.emit(
                Event(
                    kind=kind,
                    at=now - timedelta(minutes=minutes),
                    actor="router",
                    conversation_id=f"served-{number}",
                    data={"queue_id": queue_id, "assignee_id": agent_id},
                )
            )
