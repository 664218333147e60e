"""Raised hands (举手): somebody asks for help, with a word; a supervisor takes it; either lowers the hand."""

from dataclasses import dataclass
from datetime import datetime

from conversations.ids import ConversationId, HandId, UserId
from conversations.people import Role, User


@dataclass(frozen=True, kw_only=True)
class Hand:
    """A hand that is up. It may be about one conversation. `taken_by` is the supervisor who comes."""

    id: HandId
    user_id: UserId
    conversation_id: ConversationId | None
    word: str
    raised_at: datetime
    taken_by: UserId | None = None
    taken_at: datetime | None = None


def looks_after(supervisor: User, agent: User) -> bool:
    """Whether a supervisor is called when this person raises a hand: they share a queue, or the supervisor has none."""
    if supervisor.role is Role.AGENT or supervisor.id == agent.id:
        return False
    return not supervisor.queue_ids or bool(supervisor.queue_ids & agent.queue_ids)
