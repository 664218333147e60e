"""Assignment as a state machine: what happened goes in, decisions with their reasons come out. No I/O, no clock.

An agent's load is the number of conversations that are theirs and not resolved: those that wait for the customer
count too, for the customer may write at any moment.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from heapq import heapify, heappop, heappush, heapreplace
from typing import NamedTuple

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import ConversationId, QueueId, UserId

PRESENCE = timedelta(seconds=75)
"""An agent whose screen was not seen for so long gets no new work: three missed heartbeats."""

GRACE = timedelta(minutes=5)
"""After so long without a screen, the customers who wait for this agent go back to their queues."""

ROUND = 500
"""Decisions taken at once, and written in one transaction."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """What decides whether somebody gets work. `ready_since` is when they last came to be as they are."""

    id: UserId
    ready: bool
    capacity: int
    ready_since: datetime
    seen_at: datetime | None


PRIORITY = timedelta(minutes=10)
"""What one step of priority is worth: as if the customer had waited so much longer. So nobody starves."""

HEAD_START = timedelta(hours=2)
"""The same for who was served before and is back in the queue: reopened, handed back, connection lost."""


class Turn(NamedTuple):
    """When a ticket is served, compared with others. It never changes while the ticket waits."""

    at: datetime
    since: datetime
    conversation_id: ConversationId


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A place in a queue. Of two, the earlier `turn` is served first.

    `since` is when the customer began to wait, `is_new` false for whoever was served before. Only an agent with the
    `skill` at `skill_level` or above may serve it; an empty skill asks for nothing. `weight` is what it takes of an
    agent's capacity, in quarters of an ordinary conversation.
    """

    conversation_id: ConversationId
    queue_id: QueueId
    since: datetime
    is_new: bool = True
    owner_id: UserId | None = None
    priority: int = 0
    skill: str = ""
    skill_level: int = 0
    weight: int = ORDINARY_WEIGHT

    @cached_property
    def turn(self) -> Turn:
        """Higher priority, then having been served before, counts as a longer wait."""
        ahead = self.priority * PRIORITY + (timedelta(0) if self.is_new else HEAD_START)
        return Turn(self.since - ahead, self.since, self.conversation_id)


@dataclass(frozen=True)
class Decision:
    """A conversation gets an agent."""

    conversation_id: ConversationId
    queue_id: QueueId
    agent_id: UserId
    reason: str


class Rank(NamedTuple):
    """Who is next: the lowest load for their capacity, then the longest idle."""

    saturation: float
    idle_since: datetime
    agent_id: UserId


class State:
    """Who waits, who works, who is free. Every change may be told twice."""

    def __init__(self) -> None:
        self._members: Mapping[QueueId, frozenset[UserId]] = {}
        self._agents: dict[UserId, Agent] = {}
        self._free: set[UserId] = set()
        self._loads: Counter[UserId] = Counter()
        self._served_at: dict[UserId, datetime] = {}
        self._assignees: dict[ConversationId, UserId] = {}
        self._tickets: dict[ConversationId, Ticket] = {}
        # Heaps; a turn that is no longer the one of a ticket here is dropped when it comes.
        self._lines: dict[QueueId, list[Turn]] = {}

    def set_members(self, members: Mapping[QueueId, frozenset[UserId]]) -> None:
        """Say who works in which queue."""
        self._members = members

    def set_agents(self, agents: Iterable[Agent]) -> None:
        """Say who there is; whoever is not named takes no work."""
        self._agents = {agent.id: agent for agent in agents}
        self._free = {agent_id for agent_id in self._agents if self._has_room(agent_id)}

    def set_seen(self, seen: Mapping[UserId, datetime]) -> None:
        """Say when screens were connected last."""
        for agent_id in seen.keys() & self._agents.keys():
            self._agents[agent_id] = replace(self._agents[agent_id], seen_at=seen[agent_id])

    def queued(self, ticket: Ticket) -> None:
        """A conversation waits in a queue."""
        if self._tickets.get(ticket.conversation_id) != ticket:
            self.gone(ticket.conversation_id)
            self._tickets[ticket.conversation_id] = ticket
            heappush(self._lines.setdefault(ticket.queue_id, []), ticket.turn)

    def assigned(self, conversation_id: ConversationId, agent_id: UserId) -> None:
        """A conversation is with an agent, whoever decided that."""
        self.gone(conversation_id)
        self._assignees[conversation_id] = agent_id
        self._add_load(agent_id, 1)

    def gone(self, conversation_id: ConversationId) -> None:
        """A conversation waits no longer and is with nobody."""
        self._tickets.pop(conversation_id, None)
        assignee = self._assignees.pop(conversation_id, None)
        if assignee is not None:
            self._add_load(assignee, -1)

    def serve(self, ticket: Ticket, agent_id: UserId, now: datetime) -> None:
        """Give a conversation to an agent, who was idle until now."""
        self.assigned(ticket.conversation_id, agent_id)
        self._served_at[agent_id] = now

    def waiting(self) -> list[Ticket]:
        """Everybody who waits, in the order of being served."""
        return sorted(self._tickets.values(), key=_turn)

    def load(self, agent_id: UserId) -> int:
        """How many conversations an agent has."""
        return self._loads[agent_id]

    def capacity(self, agent_id: UserId) -> int:
        """How many conversations an agent can have."""
        return self._agents[agent_id].capacity

    def lost(self, now: datetime) -> list[UserId]:
        """Agents who call themselves ready and whose screens were last seen longer ago than `GRACE`."""
        gone = (agent for agent in self._agents.values() if agent.seen_at and now - agent.seen_at > GRACE)
        return [agent.id for agent in gone if agent.ready]

    def is_full(self) -> bool:
        """Whether nobody could take anything more."""
        return not self._free

    def heads(self) -> list[Ticket]:
        """Who is first in each queue that somebody could serve."""
        served = (queue for queue in self._lines if not self._free.isdisjoint(self._members.get(queue, ())))
        return [head for head in map(self.head, served) if head is not None]

    def head(self, queue_id: QueueId) -> Ticket | None:
        """Who is first in a queue."""
        line = self._lines[queue_id]
        while line:
            ticket = self._tickets.get(line[0].conversation_id)
            if ticket is not None and ticket.turn == line[0] and ticket.queue_id == queue_id:
                return ticket
            heappop(line)
        return None

    def candidates(self, queue_id: QueueId, now: datetime) -> list[Rank]:
        """Who can take work from a queue, as a heap."""
        members = self._members[queue_id] & self._free
        ranks = [self.rank(agent) for agent in members if _is_present(self._agents[agent], now)]
        heapify(ranks)
        return ranks

    def takes(self, agent_id: UserId | None, queue_id: QueueId, now: datetime) -> bool:
        """Whether this agent can take work from a queue."""
        return (
            agent_id in self._free and agent_id in self._members[queue_id] and _is_present(self._agents[agent_id], now)
        )

    def rank(self, agent_id: UserId) -> Rank:
        """An agent's place among those who could take work. A full agent has a saturation of 1 or more."""
        agent = self._agents[agent_id]
        idle_since = max(self._served_at.get(agent_id, agent.ready_since), agent.ready_since)
        return Rank(self._loads[agent_id] / agent.capacity, idle_since, agent_id)

    def _add_load(self, agent_id: UserId, change: int) -> None:
        self._loads[agent_id] += change
        if self._has_room(agent_id):
            self._free.add(agent_id)
        else:
            self._free.discard(agent_id)

    def _has_room(self, agent_id: UserId) -> bool:
        agent = self._agents.get(agent_id)
        return agent is not None and agent.ready and self._loads[agent_id] < agent.capacity


def assignments(state: State, now: datetime, limit: int = ROUND) -> list[Decision]:
    """Who gets whom now: the longest wait first, within a queue always, and over all queues that somebody can serve.

    The state counts the decisions as done. Whoever could not carry one out says where that conversation really is.
    """
    decisions: list[Decision] = []
    candidates: dict[QueueId, list[Rank]] = {}
    heads = [(ticket.turn, ticket) for ticket in state.heads()]
    heapify(heads)
    while heads and len(decisions) < limit and not state.is_full():
        ticket = heads[0][1]
        if ticket.queue_id not in candidates:
            candidates[ticket.queue_id] = state.candidates(ticket.queue_id, now)
        decision = _decide(state, ticket, candidates[ticket.queue_id], now)
        if decision is None:
            # Nobody becomes free within a round.
            heappop(heads)
            continue
        decisions.append(decision)
        state.serve(ticket, decision.agent_id, now)
        _move_up(heads, state.head(ticket.queue_id))
    return decisions


def _decide(state: State, ticket: Ticket, candidates: list[Rank], now: datetime) -> Decision | None:
    if ticket.owner_id is not None and state.takes(ticket.owner_id, ticket.queue_id, now):
        return _decision(state, ticket, ticket.owner_id, "first-responsible agent, load")
    best = _best(state, candidates)
    return None if best is None else _decision(state, ticket, best, "lowest load")


def _best(state: State, candidates: list[Rank]) -> UserId | None:
    """The best candidate by now: some have got work from this or another queue since the heap was made."""
    while candidates:
        rank = state.rank(candidates[0].agent_id)
        if rank.saturation >= 1:
            heappop(candidates)
        elif rank != candidates[0]:
            heapreplace(candidates, rank)
        else:
            return rank.agent_id
    return None


def _decision(state: State, ticket: Ticket, agent_id: UserId, why: str) -> Decision:
    reason = f"{why} {state.load(agent_id)} of {state.capacity(agent_id)}"
    return Decision(ticket.conversation_id, ticket.queue_id, agent_id, reason)


def _move_up(heads: list[tuple[Turn, Ticket]], following: Ticket | None) -> None:
    if following is None:
        heappop(heads)
    else:
        heapreplace(heads, (following.turn, following))


def _turn(ticket: Ticket) -> Turn:
    return ticket.turn


def _is_present(agent: Agent, now: datetime) -> bool:
    return agent.seen_at is not None and now - agent.seen_at <= PRESENCE
