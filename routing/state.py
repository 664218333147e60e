"""What the engine knows: who waits, who works, who is free."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from heapq import heapify

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import ConversationId, QueueId, UserId
from routing.lines import Lines, Ticket
from routing.pool import Pools
from routing.team import OUTRIGHT, Agent, Desk, Manner, Rank, Terms, rank
from routing.timers import Timers

GRACE = timedelta(minutes=5)
"""After so long without a screen, the customers who wait for this agent go back to their queues."""


class State:
    """Who waits, who works, who is free. Every change may be told twice. A day begins at midnight in `zone`."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.lines = Lines()
        self._zone = zone
        self.midnight = self._next_midnight = datetime.min.replace(tzinfo=UTC)
        self._members: Mapping[QueueId, frozenset[UserId]] = {}
        self._queues_of: dict[UserId, list[QueueId]] = {}
        self._manners: Mapping[QueueId, Manner] = {}
        self._pauses: Timers[UserId] = Timers()
        # When somebody who waits is to be looked at again.
        self._looks: Timers[ConversationId] = Timers()
        self._offers: Timers[ConversationId] = Timers()
        self._desks: dict[UserId, Desk] = {}
        self._free: set[UserId] = set()
        self._pools = Pools()
        self._assignees: dict[ConversationId, tuple[UserId, int]] = {}

    def set_members(self, members: Mapping[QueueId, frozenset[UserId]]) -> None:
        """Say who works in which queue."""
        self._members = members
        self._queues_of = {}
        for queue_id, agents in members.items():
            for agent_id in agents:
                self._queues_of.setdefault(agent_id, []).append(queue_id)
        self._pools.forget()
        self.lines.look_again(members)

    def set_manners(self, manners: Mapping[QueueId, Manner]) -> None:
        """Say how queues give out their work; the others do it as `Manner` says by itself."""
        self._manners = manners
        self._pools.forget()

    def set_agents(self, agents: Iterable[Agent]) -> None:
        """Say who there is; whoever is not named takes no work."""
        named = {agent.id: agent for agent in agents}
        for agent_id in self._desks.keys() - named.keys():
            self._desks[agent_id].sit_down(_absent(agent_id))
        for agent in named.values():
            if agent.id in self._desks:
                self._desks[agent.id].sit_down(agent)
            else:
                self._desks[agent.id] = Desk(agent)
                if agent.paused_until is not None:
                    self._pause(agent.id, agent.paused_until)
        self._pools.forget()
        self._free = {agent_id for agent_id, desk in self._desks.items() if desk.has_room()}
        self.lines.look_again(self._members)

    def set_seen(self, seen: Mapping[UserId, datetime]) -> None:
        """Say when screens were connected last."""
        for agent_id in seen.keys() & self._desks.keys():
            desk = self._desks[agent_id]
            desk.agent = replace(desk.agent, seen_at=seen[agent_id])
            self._look_for(agent_id)

    def queued(self, ticket: Ticket) -> None:
        """A conversation waits in a queue."""
        if not self.lines.has(ticket):
            self.gone(ticket.conversation_id)
            self.lines.put(ticket)

    def assigned(self, conversation_id: ConversationId, agent_id: UserId, weight: int = ORDINARY_WEIGHT) -> None:
        """A conversation is with an agent, whoever decided that."""
        self.gone(conversation_id)
        self._assignees[conversation_id] = agent_id, weight
        self._add_load(agent_id, weight)

    def offered(self, conversation_id: ConversationId, agent_id: UserId, weight: int, until: datetime) -> None:
        """A conversation is offered to an agent; until then it is as if it were with them."""
        self.assigned(conversation_id, agent_id, weight)
        self._offers.set(conversation_id, until)

    def gone(self, conversation_id: ConversationId) -> None:
        """A conversation waits no longer and is with nobody."""
        self.lines.drop(conversation_id)
        agent_id, weight = self._assignees.pop(conversation_id, (None, 0))
        if agent_id is None:
            self._looks.drop(conversation_id)
        else:
            self._offers.drop(conversation_id)
            self._add_load(agent_id, -weight)

    def serve(self, ticket: Ticket, agent_id: UserId, now: datetime, terms: Terms) -> Ticket | None:
        """Give a conversation to an agent, who was idle until now; returns who is next in its line."""
        following = self.lines.serve(ticket)
        if ticket.knows_somebody or ticket.declined:
            self._looks.drop(ticket.conversation_id)
        self._assignees[ticket.conversation_id] = agent_id, ticket.weight
        self._add_load(agent_id, ticket.weight)
        self._desks[agent_id].serve(now)
        if terms.paused_until is not None:
            self._pause(agent_id, terms.paused_until)
        if terms.offered_until is not None:
            self._offers.set(ticket.conversation_id, terms.offered_until)
        return following

    def reserve(self, ticket: Ticket, agent_id: UserId | None) -> Ticket:
        """Let a customer wait for one agent, or for nobody any more; returns their ticket by now."""
        if agent_id is None:
            self._looks.drop(ticket.conversation_id)
        else:
            self._looks.set(ticket.conversation_id, self.grace_ends(ticket))
        return self.lines.reserve(ticket, agent_id)

    def waiting(self) -> list[Ticket]:
        """Everybody who waits, in the order of being served."""
        return self.lines.waiting()

    def look_again(self, ticket: Ticket, at: datetime) -> None:
        """Somebody may be able to serve a customer then."""
        self._looks.set(ticket.conversation_id, at)

    def lapsed(self, now: datetime) -> list[tuple[ConversationId, UserId]]:
        """Offers that were not answered in time, with all others of their agents; and those to whom is not at work.

        Each is told once. All of an agent's come back together: none of these customers passes an earlier one.
        """
        over = self._offers.ripe(now)
        late = {self._assignees[each][0] for each in over}
        for conversation_id in self._offers.names():
            agent_id = self._assignees[conversation_id][0]
            if agent_id in late or not self._desks[agent_id].agent.ready:
                self._offers.drop(conversation_id)
                over.append(conversation_id)
        return [(each, self._assignees[each][0]) for each in over]

    def terms(self, ticket: Ticket, agent_id: UserId, now: datetime) -> Terms:
        """On what terms this agent gets this conversation."""
        manner, own_pause = self.manner(ticket.queue_id), self._desks[agent_id].agent.pause
        if not (manner.offer or manner.pause or own_pause):
            return OUTRIGHT
        pause = max(manner.pause, own_pause)
        return Terms(now + manner.offer if manner.offer else None, now + pause if pause else None)

    def load(self, agent_id: UserId) -> int:
        """What an agent has, in quarters of an ordinary conversation."""
        return self._desks[agent_id].load if agent_id in self._desks else 0

    def lost(self, now: datetime) -> list[UserId]:
        """Agents who call themselves ready and whose screens were last seen longer ago than `GRACE`."""
        ready = (desk.agent for desk in self._desks.values() if desk.agent.ready)
        return [agent.id for agent in ready if agent.seen_at and now - agent.seen_at > GRACE]

    def is_full(self) -> bool:
        """Whether nobody could take anything more."""
        return not self._free

    def next_due(self) -> datetime | None:
        """When something becomes possible without any news, or None."""
        return min(filter(None, (each.next_at() for each in (self._pauses, self._looks, self._offers))), default=None)

    def begin(self, now: datetime) -> None:
        """A round begins: what became due is looked at; with a new day everybody's count begins anew."""
        if now >= self._pauses.earliest or now >= self._looks.earliest:
            self._look_at_what_is_due(now)
        if not self.midnight <= now < self._next_midnight:
            today = now.astimezone(self._zone).date()
            self.midnight = datetime.combine(today, time(), self._zone)
            self._next_midnight = datetime.combine(today + timedelta(days=1), time(), self._zone)
            for desk in self._desks.values():
                desk.begin_day(self.midnight)
            self._pools.forget()

    def desk(self, agent_id: UserId) -> Desk:
        """What somebody has and can take."""
        return self._desks[agent_id]

    def takes(self, agent_id: UserId, ticket: Ticket, now: datetime) -> bool:
        """Whether this agent can take this conversation."""
        return self.is_at_work(agent_id, ticket, now) and self._desks[agent_id].fits(ticket.weight)

    def is_at_work(self, agent_id: UserId, ticket: Ticket, now: datetime) -> bool:
        """Whether this agent could take this conversation if they had nothing else."""
        desk = self._desks.get(agent_id)
        if desk is None or not desk.agent.ready or agent_id in ticket.declined:
            return False
        if agent_id not in self._members.get(ticket.queue_id, ()):
            return False
        return desk.masters(ticket.skill, ticket.skill_level) and desk.is_present(now)

    def first(self, ticket: Ticket, now: datetime) -> UserId | None:
        """Who of all agents is the first by the strategy of the queue to take a conversation, or None."""

        def rank_of(agent_id: UserId) -> Rank | None:
            is_asked = agent_id in self._free and self._desks[agent_id].masters(ticket.skill, ticket.skill_level)
            return self.rank(agent_id, ticket) if is_asked else None

        def takes(agent_id: UserId) -> bool:
            return agent_id not in ticket.declined and self._is_able(self._desks[agent_id], ticket, now)

        return self._pools.first(ticket, self._members.get(ticket.queue_id, frozenset()), rank_of, takes)

    def candidates(self, ticket: Ticket, among: Set[UserId], now: datetime) -> list[Rank]:
        """Who of these can take a conversation, as a heap."""
        members = self._members.get(ticket.queue_id, frozenset()) & among
        asked = members - ticket.declined.keys() if ticket.declined else members
        ranks = [self.rank(each, ticket) for each in asked if self._is_able(self._desks[each], ticket, now)]
        heapify(ranks)
        return ranks

    def rank(self, agent_id: UserId, ticket: Ticket) -> Rank:
        """An agent's place among those who can take a conversation."""
        return rank(self._desks[agent_id], self.manner(ticket.queue_id).strategy, ticket.skill)

    def manner(self, queue_id: QueueId) -> Manner:
        """How a queue gives out its work."""
        return self._manners.get(queue_id, _ORDINARY)

    def grace_ends(self, ticket: Ticket) -> datetime:
        """Until when a customer waits for whom they know."""
        return ticket.since + self.manner(ticket.queue_id).grace

    def deputy_of(self, agent_id: UserId) -> UserId | None:
        """Who stands in for somebody."""
        desk = self._desks.get(agent_id)
        return None if desk is None else desk.agent.deputy_id

    @staticmethod
    def _is_able(desk: Desk, ticket: Ticket, now: datetime) -> bool:
        return desk.fits(ticket.weight) and desk.masters(ticket.skill, ticket.skill_level) and desk.is_present(now)

    def _add_load(self, agent_id: UserId, change: int) -> None:
        desk = self._desks.get(agent_id)
        if desk is None:
            desk = self._desks[agent_id] = Desk(_absent(agent_id))
        desk.load += change
        self._count_in(agent_id)
        if change < 0:
            self._look_for(agent_id)

    def _look_at_what_is_due(self, now: datetime) -> None:
        for agent_id in self._pauses.ripe(now):
            self._desks[agent_id].pauses = False
            self._count_in(agent_id)
            self._look_for(agent_id)
        for conversation_id in self._looks.ripe(now):
            if (ticket := self.lines.ticket(conversation_id)) is not None:
                self.lines.put(replace(ticket, reserved_for=None))

    def _pause(self, agent_id: UserId, until: datetime) -> None:
        self._desks[agent_id].pauses = True
        self._pauses.set(agent_id, until)
        self._count_in(agent_id)

    def _count_in(self, agent_id: UserId) -> None:
        """See whether somebody is free, and at which place."""
        self._pools.note(agent_id)
        if self._desks[agent_id].has_room():
            self._free.add(agent_id)
        else:
            self._free.discard(agent_id)

    def _look_for(self, agent_id: UserId) -> None:
        if agent_id in self._free:
            self.lines.look_again_for(agent_id, self._queues_of.get(agent_id, ()), self._desks[agent_id].masters)


_ORDINARY = Manner()


def _absent(agent_id: UserId) -> Agent:
    nobody = datetime.min.replace(tzinfo=UTC)
    return Agent(id=agent_id, ready=False, capacity=0, ready_since=nobody, seen_at=None)
