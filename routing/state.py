"""What the engine knows: who waits, who works, who is free."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from heapq import heapify

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import ConversationId, QueueId, UserId
from routing.lines import Agents, Lines, Ticket
from routing.team import Agent, Desk, Manner, Rank, rank
from routing.timers import Timers
from routing.wishes import WAITED_FOR, Tie, Wish

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
        self._graces: Timers[ConversationId] = Timers()
        self._desks: dict[UserId, Desk] = {}
        self._free: set[UserId] = set()
        self._assignees: dict[ConversationId, tuple[UserId, int]] = {}

    def set_members(self, members: Mapping[QueueId, frozenset[UserId]]) -> None:
        """Say who works in which queue."""
        self._members = members
        self._queues_of = {}
        for queue_id, agents in members.items():
            for agent_id in agents:
                self._queues_of.setdefault(agent_id, []).append(queue_id)
        self.lines.look_again(members)

    def set_manners(self, manners: Mapping[QueueId, Manner]) -> None:
        """Say how queues give out their work; the others do it as `Manner` says by itself."""
        self._manners = manners

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
                self._pause(agent.id, agent.paused_until)
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

    def gone(self, conversation_id: ConversationId) -> None:
        """A conversation waits no longer and is with nobody."""
        self.lines.drop(conversation_id)
        self._graces.drop(conversation_id)
        agent_id, weight = self._assignees.pop(conversation_id, (None, 0))
        if agent_id is not None:
            self._add_load(agent_id, -weight)

    def serve(self, ticket: Ticket, agent_id: UserId, now: datetime, paused_until: datetime | None) -> Ticket | None:
        """Give a conversation to an agent, who was idle until now; returns who is next in its line."""
        following = self.lines.serve(ticket)
        self._graces.drop(ticket.conversation_id)
        self._assignees[ticket.conversation_id] = agent_id, ticket.weight
        self._add_load(agent_id, ticket.weight)
        self._desks[agent_id].serve(now)
        self._pause(agent_id, paused_until)
        return following

    def reserve(self, ticket: Ticket, agent_id: UserId | None) -> Ticket:
        """Let a customer wait for one agent, or for nobody any more; returns their ticket by now."""
        if agent_id is None:
            self._graces.drop(ticket.conversation_id)
        else:
            self._graces.set(ticket.conversation_id, self._grace_ends(ticket))
        return self.lines.reserve(ticket, agent_id)

    def waiting(self) -> list[Ticket]:
        """Everybody who waits, in the order of being served."""
        return self.lines.waiting()

    def pause_after(self, ticket: Ticket, agent_id: UserId) -> timedelta:
        """How long this agent gets nothing after this conversation."""
        return max(self.manner(ticket.queue_id).pause, self._desks[agent_id].agent.pause)

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
        return min(filter(None, (self._pauses.next_at(), self._graces.next_at())), default=None)

    def begin(self, now: datetime) -> None:
        """A round begins: what became due is looked at; with a new day everybody's count begins anew."""
        for agent_id in self._pauses.ripe(now):
            self._desks[agent_id].pauses = False
            self._count_in(agent_id)
            self._look_for(agent_id)
        for conversation_id in self._graces.ripe(now):
            if (ticket := self.lines.ticket(conversation_id)) is not None:
                self.lines.put(replace(ticket, reserved_for=None))
        if not self.midnight <= now < self._next_midnight:
            today = now.astimezone(self._zone).date()
            self.midnight = datetime.combine(today, time(), self._zone)
            self._next_midnight = datetime.combine(today + timedelta(days=1), time(), self._zone)
            for desk in self._desks.values():
                desk.begin_day(self.midnight)

    def desk(self, agent_id: UserId) -> Desk:
        """What somebody has and can take."""
        return self._desks[agent_id]

    def takes(self, agent_id: UserId, ticket: Ticket, now: datetime) -> bool:
        """Whether this agent can take this conversation."""
        return self.is_at_work(agent_id, ticket, now) and self._desks[agent_id].fits(ticket.weight)

    def is_at_work(self, agent_id: UserId, ticket: Ticket, now: datetime) -> bool:
        """Whether this agent could take this conversation if they had nothing else."""
        desk = self._desks.get(agent_id)
        if desk is None or not desk.agent.ready or agent_id not in self._members.get(ticket.queue_id, ()):
            return False
        return desk.masters(ticket.skill, ticket.skill_level) and desk.is_present(now)

    def wishes(self, ticket: Ticket, now: datetime) -> Iterator[Wish]:
        """Who should have this conversation before anybody else, the dearest first."""
        manager_id, last_agent_id, last_at = ticket.manager_id, ticket.last_agent_id, ticket.last_served_at
        if manager_id is not None:
            yield Wish(manager_id, Tie.MANAGER)
            deputy_id = self._deputy_of(manager_id)
            if deputy_id is not None and not self.is_at_work(manager_id, ticket, now):
                yield Wish(deputy_id, Tie.DEPUTY)
        if last_agent_id is not None and last_at and ticket.since - last_at <= self.manner(ticket.queue_id).remembers:
            yield Wish(last_agent_id, Tie.LAST_AGENT)
        if ticket.owner_id is not None:
            yield Wish(ticket.owner_id, Tie.OWNER)

    def holder(self, ticket: Ticket, now: datetime) -> UserId | None:
        """For whom this conversation is reserved now: the first at work of those for whom a customer waits."""
        if now >= self._grace_ends(ticket):
            return None
        waited_for = (wish.agent_id for wish in self.wishes(ticket, now) if wish.tie in WAITED_FOR)
        return next((each for each in waited_for if self.is_at_work(each, ticket, now)), None)

    def candidates(self, ticket: Ticket, among: Agents, now: datetime) -> list[Rank]:
        """Who of these can take a conversation, as a heap."""
        members = self._members.get(ticket.queue_id, frozenset()) & (self._free if among is None else among)
        ranks = [self.rank(each, ticket) for each in members if self._is_able(self._desks[each], ticket, now)]
        heapify(ranks)
        return ranks

    def rank(self, agent_id: UserId, ticket: Ticket) -> Rank:
        """An agent's place among those who can take a conversation."""
        return rank(self._desks[agent_id], self.manner(ticket.queue_id).strategy, ticket.skill)

    def manner(self, queue_id: QueueId) -> Manner:
        """How a queue gives out its work."""
        return self._manners.get(queue_id, _ORDINARY)

    def _grace_ends(self, ticket: Ticket) -> datetime:
        return ticket.since + self.manner(ticket.queue_id).grace

    def _deputy_of(self, agent_id: UserId) -> UserId | None:
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

    def _pause(self, agent_id: UserId, until: datetime | None) -> None:
        if until is not None:
            self._desks[agent_id].pauses = True
            self._pauses.set(agent_id, until)
            self._count_in(agent_id)

    def _count_in(self, agent_id: UserId) -> None:
        """See whether somebody is free."""
        if self._desks[agent_id].has_room():
            self._free.add(agent_id)
        else:
            self._free.discard(agent_id)

    def _look_for(self, agent_id: UserId) -> None:
        if agent_id in self._free:
            self.lines.look_again_for(agent_id, self._queues_of.get(agent_id, ()))


_ORDINARY = Manner()


def _absent(agent_id: UserId) -> Agent:
    nobody = datetime.min.replace(tzinfo=UTC)
    return Agent(id=agent_id, ready=False, capacity=0, ready_since=nobody, seen_at=None)
