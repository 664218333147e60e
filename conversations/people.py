"""Our own people: who may do what, and who may see which conversation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from conversations.conversation import Conversation
from conversations.ids import QueueId, UserId


class Role(StrEnum):
    """What a person is here for."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class AgentState(StrEnum):
    """What an agent does now. `conversations.states` says what follows what."""

    OFFLINE = "offline"
    SIGNED_IN = "signed-in"
    READY = "ready"
    BUSY = "busy"
    WRAP_UP = "wrap-up"
    BREAK = "break"
    COOL_OFF = "cool-off"
    CONNECTION_LOST = "connection-lost"


@dataclass(frozen=True, kw_only=True)
class User:
    """A person who signs in. `language` is BCP 47, `time_zone` IANA; `skills` are levels by name.

    `state_reason` is what a break is for, or which state a lost connection interrupted; `state_until` is when wrapping
    up or cooling off is or should be over. `deputy_id` stands in for them while they are away. After each conversation
    they get nothing for `pause_seconds`.
    """

    id: UserId
    login: str
    name: str
    role: Role
    language: str
    time_zone: str
    capacity: int
    state: AgentState
    state_since: datetime
    state_reason: str = ""
    state_until: datetime | None = None
    queue_ids: frozenset[QueueId] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    enabled: bool = True
    deputy_id: UserId | None = None
    pause_seconds: int = 0


@dataclass(frozen=True)
class Scope:
    """Which conversations a person may see: everything, or their own, those offered to them and those of their queues.

    The one rule of visibility. `storage.scopes` says the same in SQL, and a test holds the two together.
    """

    everything: bool
    user_id: UserId
    queue_ids: frozenset[QueueId]

    def sees(self, conversation: Conversation) -> bool:
        """Whether this conversation is inside the scope."""
        return (
            self.everything
            or self.user_id in (conversation.assignee_id, conversation.owner_id, conversation.offered_to)
            or conversation.queue_id in self.queue_ids
        )


def scope_of(user: User) -> Scope:
    """What a person may see follows from their role alone."""
    return Scope(everything=user.role is not Role.AGENT, user_id=user.id, queue_ids=user.queue_ids)
