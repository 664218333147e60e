"""The engine as a simulation uses it; nothing else here knows how it wants to be asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from math import inf

from conversations.ids import ConversationId, UserId
from routing.engine import Agent, Decision, State, Ticket, assignments
from routing.forecasts.moments import BEGIN, moment, seconds
from routing.forecasts.scenario import Group, Scenario
from routing.forecasts.visits import Visit
from routing.rush.reach import Members


class Switchboard:
    """Who waits, who works, who is free; and who gets whom."""

    def __init__(self, scenario: Scenario) -> None:
        self._state = State()
        self._agents = {agent.id: agent for group in scenario.groups for agent in _agents(group)}
        self._state.set_agents(self._agents.values())
        self._state.set_manners(scenario.house.manners)
        self.set_members(scenario.members())

    def set_members(self, members: Members) -> None:
        """Say who works in each queue."""
        self._state.set_members(members)

    def set_ready(self, agent_id: UserId, ready: bool, now: float) -> None:
        """Somebody takes a break, or is back."""
        self._agents[agent_id] = replace(self._agents[agent_id], ready=ready, ready_since=moment(now))
        self._state.set_agents(self._agents.values())

    def ready(self) -> frozenset[UserId]:
        """Who is at work and on no break."""
        return frozenset(agent.id for agent in self._agents.values() if agent.ready)

    def queued(self, visit: Visit) -> None:
        """A customer comes, or is to be given to somebody else."""
        self._state.queued(_ticket(visit))

    def accepted(self, visit: Visit, agent_id: UserId) -> None:
        """Somebody takes what was offered to them."""
        self._state.assigned(visit.conversation_id, agent_id, visit.customer.demand.weight)

    def gone(self, visit: Visit) -> None:
        """A customer gives up, or was served."""
        self._state.gone(visit.conversation_id)

    def decide(self, now: float) -> list[Decision]:
        """Who gets whom now, or is offered whom."""
        return assignments(self._state, moment(now))

    def lapsed(self, now: float) -> list[tuple[ConversationId, UserId]]:
        """Offers that are over, told once."""
        return self._state.lapsed(moment(now))

    def next_due(self) -> float:
        """When there is something to decide though nothing happens."""
        due = self._state.next_due()
        return inf if due is None else seconds(due)


def _agents(group: Group) -> Iterator[Agent]:
    # Screens of simulated agents are never closed.
    seen_at = datetime.max.replace(tzinfo=UTC)
    for agent_id in group.ids():
        yield Agent(
            id=agent_id,
            ready=True,
            capacity=group.capacity,
            skills=group.skills,
            ready_since=BEGIN,
            seen_at=seen_at,
        )


def _ticket(visit: Visit) -> Ticket:
    since, demand = moment(visit.customer.at), visit.customer.demand
    return Ticket(
        conversation_id=visit.conversation_id,
        queue_id=demand.queue_id,
        since=since,
        manager_id=visit.manager_id,
        last_agent_id=visit.last_agent_id,
        last_served_at=since,
        priority=demand.priority,
        skill="" if visit.asks_anybody else demand.skill,
        skill_level=0 if visit.asks_anybody else demand.skill_level,
        weight=demand.weight,
        declined=dict(visit.declined),
    )
