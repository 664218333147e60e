"""What one round of the router wants to write."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from conversations.conversation import ORDINARY_WEIGHT, Conversation, ConversationState
from conversations.ids import ConversationId, QueueId
from routing.engine import Decision
from routing.told import Told


@dataclass(frozen=True)
class Placement:
    """A conversation comes into a queue, and asks for this there (see `Conversation`).

    The customer gets the `tags` and is told the `reply`, by language (see `routing.rulebook.actions.Outcome`).
    """

    conversation_id: ConversationId
    queue_id: QueueId
    reason: str
    priority: int = 0
    skill: str = ""
    skill_level: int = 0
    category: str = ""
    weight: int = ORDINARY_WEIGHT
    tags: tuple[str, ...] = ()
    reply: Mapping[str, str] = field(default_factory=dict)

    def applied_to(self, conversation: Conversation) -> Conversation:
        """The conversation as it is then."""
        return replace(
            conversation,
            state=ConversationState.QUEUED,
            queue_id=self.queue_id,
            priority=self.priority,
            skill=self.skill,
            skill_level=self.skill_level,
            category=self.category,
            weight=self.weight,
        )


@dataclass(frozen=True)
class Plan:
    """What one round wants to write: first the placements, then the decisions. The day began at `midnight`.

    `told` is all that the engine was told since it decided last.
    """

    placements: tuple[Placement, ...]
    decisions: tuple[Decision, ...]
    midnight: datetime
    told: Told = field(default_factory=Told)

    def conversation_ids(self) -> frozenset[ConversationId]:
        """Every conversation the plan is about."""
        placed = {placement.conversation_id for placement in self.placements}
        return frozenset(placed.union(decision.conversation_id for decision in self.decisions))
