"""The floor in figures: who waits in each queue and what each agent has, from the conversations in progress."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from conversations.conversation import ConversationState
from conversations.ids import QueueId, UserId
from storage.holdings import HOLDER, WITH_AN_AGENT
from storage.tables import conversations


@dataclass(frozen=True)
class Line:
    """A queue: how many wait for an agent and since when the first one does, and how many have one."""

    waiting: int = 0
    since: datetime | None = None
    in_service: int = 0


@dataclass(frozen=True)
class Burden:
    """An agent's: how many conversations they have and what these weigh (`ORDINARY_WEIGHT` is one of their capacity),
    in how many the customer waits, and since when the first does; how many are only offered to them yet."""

    conversations: int = 0
    weight: int = 0
    unanswered: int = 0
    since: datetime | None = None
    offered: int = 0


def lines(connection: Connection) -> dict[QueueId, Line]:
    """Every queue in which something goes on."""
    in_line = conversations.c.state == ConversationState.QUEUED
    rows = connection.execute(
        select(
            conversations.c.queue_id,
            func.count().filter(in_line),
            func.min(conversations.c.unanswered_since).filter(in_line),
            func.count().filter(~in_line),
        )
        .where(conversations.c.state.in_((ConversationState.QUEUED, *WITH_AN_AGENT)))
        .group_by(conversations.c.queue_id)
    )
    return {queue_id: Line(*figures) for queue_id, *figures in rows if queue_id is not None}


def burdens(connection: Connection) -> dict[UserId, Burden]:
    """Every agent who has something."""
    unanswered, is_offered = conversations.c.unanswered_since, conversations.c.offered_to.is_not(None)
    rows = connection.execute(
        select(
            HOLDER,
            func.count().filter(~is_offered),
            func.sum(conversations.c.weight),
            func.count(unanswered).filter(~is_offered),
            func.min(unanswered).filter(~is_offered),
            func.count().filter(is_offered),
        )
        .where(conversations.c.state.in_(WITH_AN_AGENT) | is_offered)
        .group_by(HOLDER)
    )
    return {agent_id: Burden(*figures) for agent_id, *figures in rows if agent_id is not None}
