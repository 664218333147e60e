"""Raised hands (举手): somebody asks for help, with a word; a supervisor takes it; either lowers the hand."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime

from conversations.ids import ConversationId, HandId, QueueId, UserId
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
    return _may_lead(supervisor) and supervisor.id != agent.id and _is_over(supervisor, agent.queue_ids)


def called(everybody: Iterable[User], queue_ids: Set[QueueId], *but: UserId) -> list[UserId]:
    """Who has to know what happens in these queues: who leads agents there, or if nobody does, who leads any."""
    leaders = [each for each in everybody if each.enabled and _may_lead(each) and each.id not in but]
    there = [each for each in leaders if queue_ids and _is_over(each, queue_ids)]
    return [each.id for each in there or leaders]


def concerned(queue_id: QueueId | None, agent: User | None) -> frozenset[QueueId]:
    """The queues whose leaders a conversation is for: its own, and those of an agent who is of another."""
    own = frozenset((queue_id,) if queue_id else ())
    theirs = agent.queue_ids if agent else frozenset()
    return own if own & theirs else own | theirs


def _may_lead(person: User) -> bool:
    return person.role is not Role.AGENT


def _is_over(leader: User, queue_ids: Set[QueueId]) -> bool:
    """Who leads agents does so in their own queues; without any, everywhere."""
    return not leader.queue_ids or not leader.queue_ids.isdisjoint(queue_ids)
