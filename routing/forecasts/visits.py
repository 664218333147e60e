"""What became of everybody in a simulation. Times in seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from conversations.ids import ConversationId, QueueId, StepId, UserId
from routing.forecasts.demand import Customer


@dataclass(slots=True)
class Visit:
    """What became of a customer. `waited` is set once they are answered or give up.

    They may know a manager and who served them last. `declined` is who let an offer of theirs lapse, and when;
    `asks_anybody` that nobody waits for their skill any more, `is_helped` that a member of another queue took them.
    """

    conversation_id: ConversationId
    customer: Customer
    waited: float | None = None
    agent_id: UserId | None = None
    manager_id: UserId | None = None
    last_agent_id: UserId | None = None
    declined: dict[UserId, datetime] = field(default_factory=dict)
    lapsed: int = 0
    asks_anybody: bool = False
    is_helped: bool = False

    @property
    def queue_id(self) -> QueueId:
        """Where the customer waited."""
        return self.customer.demand.queue_id

    @property
    def is_answered(self) -> bool:
        """Whether somebody took the conversation."""
        return self.agent_id is not None

    @property
    def gave_up(self) -> bool:
        """Whether the customer went away unanswered."""
        return self.waited is not None and self.agent_id is None

    def gave_up_within(self, seconds: float) -> bool:
        """Whether they did so before anything could be held against anybody."""
        return self.gave_up and self.waited is not None and self.waited <= seconds

    @property
    def knows_somebody(self) -> bool:
        """Whether there is somebody whom the customer would rather have."""
        return self.manager_id is not None or self.last_agent_id is not None

    @property
    def got_whom_they_know(self) -> bool:
        """Whether that is who took the conversation."""
        return self.agent_id is not None and self.agent_id in (self.manager_id, self.last_agent_id)


@dataclass(frozen=True)
class Spell:
    """A step of overflow was on."""

    step_id: StepId
    since: float
    until: float


@dataclass(frozen=True)
class Run:
    """What happened: everybody who counts, and how much work conversations were for each agent within the time that
    counts.

    An agent with two ordinary conversations for a minute, or a twice as heavy one, was busy for two.
    """

    visits: list[Visit]
    busy: Mapping[UserId, float]
    spells: Sequence[Spell] = ()
