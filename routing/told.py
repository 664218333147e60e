"""What the engine is told, noted until it is written beside the decisions that came of it.

Rows change while the router decides: only with what it knew then can a decision be made again (`routing.replay`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Self

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import ConversationId, QueueId, UserId
from routing.lines import Ticket
from routing.plain import read, written
from routing.state import State
from routing.team import Agent, Manner

Members = Mapping[QueueId, frozenset[UserId]]
Manners = Mapping[QueueId, Manner]


@dataclass
class Told:
    """News, only the latest about each subject; None is no news. With a `zone` nothing was known before."""

    zone: str = ""
    members: Members | None = None
    manners: Manners | None = None
    agents: dict[UserId, Agent] = field(default_factory=dict)
    waiting: dict[ConversationId, Ticket] = field(default_factory=dict)
    assigned: dict[ConversationId, tuple[UserId, int]] = field(default_factory=dict)
    gone: dict[ConversationId, None] = field(default_factory=dict)

    def forget(self, conversation_id: ConversationId) -> None:
        """What was said of a conversation is not true any more."""
        for news in (self.waiting, self.assigned, self.gone):
            news.pop(conversation_id, None)

    def tell(self, state: State, known: dict[UserId, Agent]) -> None:
        """Pass the news on to an engine that knew these agents; they are brought up to date."""
        if self.members is not None:
            state.set_members(self.members)
        if self.manners is not None:
            state.set_manners(self.manners)
        if self.agents:
            known.update(self.agents)
            state.set_agents(known.values())
        for conversation_id in self.gone:
            state.gone(conversation_id)
        for conversation_id, (agent_id, weight) in self.assigned.items():
            state.assigned(conversation_id, agent_id, weight)
        for ticket in self.waiting.values():
            state.queued(ticket)

    def as_json(self) -> dict[str, object]:
        """The news for an event; what is not new is left out."""
        members, manners = self.members, self.manners
        whole = {
            "zone": self.zone or None,
            "members": None if members is None else {queue: sorted(members[queue]) for queue in members},
            "manners": None if manners is None else {queue: written(manner) for queue, manner in manners.items()},
            "agents": [written(each) for each in self.agents.values()] or None,
            "waiting": [written(each) for each in self.waiting.values()] or None,
            "assigned": {each: list(where) for each, where in self.assigned.items()} or None,
            "gone": list(self.gone) or None,
        }
        return {name: news for name, news in whole.items() if news is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `as_json` wrote."""
        agents = [read(Agent, each) for each in data.get("agents", ())]
        waiting = [read(Ticket, each) for each in data.get("waiting", ())]
        members, manners = data.get("members"), data.get("manners")
        return cls(
            zone=data.get("zone", ""),
            members=None if members is None else {queue: frozenset(who) for queue, who in members.items()},
            manners=None if manners is None else {queue: read(Manner, each) for queue, each in manners.items()},
            agents={each.id: each for each in agents},
            waiting={each.conversation_id: each for each in waiting},
            assigned={each: (agent_id, weight) for each, (agent_id, weight) in data.get("assigned", {}).items()},
            gone=dict.fromkeys(data.get("gone", ())),
        )


class NotingState(State):
    """The engine's state, which notes what it is told and did not know."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__(zone)
        self._told = Told(zone=str(zone))
        self._agents_told: dict[UserId, Agent] = {}

    def take_told(self) -> Told:
        """What was told since the last time."""
        told, self._told = self._told, Told()
        return told

    def set_members(self, members: Members) -> None:
        """Say who works in which queue."""
        if members != self._members:
            self._told.members = members
        super().set_members(members)

    def set_manners(self, manners: Manners) -> None:
        """Say how queues give out their work."""
        if manners != self._manners:
            self._told.manners = manners
        super().set_manners(manners)

    def set_agents(self, agents: Iterable[Agent]) -> None:
        """Say who there is."""
        super().set_agents(agents)
        self._note_agents()

    def set_seen(self, seen: Mapping[UserId, datetime]) -> None:
        """Say when screens were connected last."""
        super().set_seen(seen)
        self._note_agents()

    def queued(self, ticket: Ticket) -> None:
        """A conversation waits in a queue."""
        if not self.lines.has(ticket):
            super().queued(ticket)
            self._told.forget(ticket.conversation_id)
            self._told.waiting[ticket.conversation_id] = ticket

    def assigned(self, conversation_id: ConversationId, agent_id: UserId, weight: int = ORDINARY_WEIGHT) -> None:
        """A conversation is with an agent. Mostly it is the echo of a decision."""
        if self._assignees.get(conversation_id) != (agent_id, weight):
            super().assigned(conversation_id, agent_id, weight)
            self._told.forget(conversation_id)
            self._told.assigned[conversation_id] = agent_id, weight
        else:
            self._offers.drop(conversation_id)

    def gone(self, conversation_id: ConversationId) -> None:
        """A conversation waits no longer and is with nobody."""
        super().gone(conversation_id)
        self._told.forget(conversation_id)
        self._told.gone[conversation_id] = None

    def _note_agents(self) -> None:
        now = {agent_id: desk.agent for agent_id, desk in self._desks.items()}
        new = {agent_id: agent for agent_id, agent in now.items() if self._agents_told.get(agent_id) != agent}
        self._told.agents |= new
        self._agents_told |= new
