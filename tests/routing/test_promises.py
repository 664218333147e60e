"""The engine keeps its promises whatever happens in whatever order, over long histories."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from conversations.ids import ConversationId, QueueId, UserId
from routing.engine import ASKED_AGAIN, PRESENCE, Agent, Decision, Manner, State, Strategy, Ticket, assignments
from tests.support.builders import NOW

AGENTS = [UserId(f"a{number}") for number in range(4)]
QUEUES = [QueueId(f"q{number}") for number in range(3)]
CONVERSATIONS = [ConversationId(f"c{number}") for number in range(12)]
SKILLS = ["", "loans", "cards"]

agents = st.sampled_from(AGENTS)
queues = st.sampled_from(QUEUES)
conversations = st.sampled_from(CONVERSATIONS)
tickets = st.builds(
    Ticket,
    conversation_id=conversations,
    queue_id=queues,
    since=st.integers(0, 30).map(lambda minute: NOW + timedelta(minutes=minute)),
    is_new=st.booleans(),
    manager_id=st.none() | agents,
    last_agent_id=st.none() | agents,
    last_served_at=st.just(NOW),
    owner_id=st.none() | agents,
    priority=st.integers(-1, 3),
    skill=st.sampled_from(SKILLS),
    skill_level=st.integers(0, 2),
    weight=st.sampled_from([1, 2, 4, 8]),
)
seconds = st.sampled_from([0, 10, 40]).map(lambda number: timedelta(seconds=number))
minutes = st.integers(0, 20).map(lambda number: timedelta(minutes=number))
skills = st.dictionaries(st.sampled_from(SKILLS[1:]), st.integers(0, 2))


manners = st.builds(Manner, st.sampled_from(Strategy), pause=seconds, grace=minutes, remembers=minutes, offer=seconds)


class Floor(RuleBasedStateMachine):
    """A day on the floor, in any order; beside it, what must be true by counting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.agents = {each: Agent(id=each, ready=True, capacity=2, ready_since=NOW, seen_at=NOW) for each in AGENTS}
        self.members = {each: frozenset(AGENTS) for each in QUEUES}
        self.manners: dict[QueueId, Manner] = {}
        self.paused: dict[UserId, datetime] = {}
        self.waiting: dict[ConversationId, Ticket] = {}
        self.assignees: dict[ConversationId, tuple[UserId, int]] = {}
        self.offers: dict[ConversationId, tuple[Ticket, UserId, datetime]] = {}
        self.states = [State(), State()]
        self.tell(lambda state: state.set_agents(self.agents.values()))
        self.tell(lambda state: state.set_members(self.members))

    def tell(self, news: Callable[[State], None]) -> None:
        for state in self.states:
            news(state)

    @rule(ticket=tickets)
    def queued(self, ticket: Ticket) -> None:
        self.gone(ticket.conversation_id)
        self.waiting[ticket.conversation_id] = ticket
        self.tell(lambda state: state.queued(ticket))

    @rule(conversation=conversations, agent_id=agents, weight=st.sampled_from([1, 4]))
    def taken_by_hand(self, conversation: ConversationId, agent_id: UserId, weight: int) -> None:
        self.gone(conversation)
        self.assignees[conversation] = agent_id, weight
        self.tell(lambda state: state.assigned(conversation, agent_id, weight))

    @rule(conversation=conversations)
    def gone(self, conversation: ConversationId) -> None:
        self.waiting.pop(conversation, None)
        self.assignees.pop(conversation, None)
        self.offers.pop(conversation, None)
        self.tell(lambda state: state.gone(conversation))

    @rule(conversation=conversations)
    def accepted(self, conversation: ConversationId) -> None:
        if conversation in self.offers:
            ticket, agent_id, _ = self.offers[conversation]
            self.taken_by_hand(conversation, agent_id, ticket.weight)

    @rule(conversation=conversations)
    def declined(self, conversation: ConversationId) -> None:
        if conversation in self.offers:
            ticket, agent_id, _ = self.offers[conversation]
            self.queued(replace(ticket, declined={**ticket.declined, agent_id: self.now}))

    @rule(
        agent_id=agents,
        ready=st.booleans(),
        capacity=st.integers(0, 4),
        skills=skills,
        pause=seconds,
        deputy=st.none() | agents,
    )
    def changed(
        self,
        agent_id: UserId,
        ready: bool,
        capacity: int,
        skills: dict[str, int],
        pause: timedelta,
        deputy: UserId | None,
    ) -> None:
        changes: dict[str, Any] = {"ready": ready, "capacity": capacity, "skills": skills, "pause": pause}
        self.agents[agent_id] = replace(self.agents[agent_id], ready_since=self.now, deputy_id=deputy, **changes)
        self.tell(lambda state: state.set_agents(self.agents.values()))

    @rule(queue=queues, members=st.frozensets(agents), manner=manners)
    def moved(self, queue: QueueId, members: frozenset[UserId], manner: Manner) -> None:
        self.members[queue] = members
        self.manners[queue] = manner
        self.tell(lambda state: state.set_members(self.members))
        self.tell(lambda state: state.set_manners(self.manners))

    @rule(seen=st.frozensets(agents), seconds=st.integers(0, 100) | st.sampled_from([300, 1200]))
    def time_passes(self, seen: frozenset[UserId], seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.agents |= {each: replace(self.agents[each], seen_at=self.now) for each in seen}
        self.tell(lambda state: state.set_seen(dict.fromkeys(seen, self.now)))

    @rule(limit=st.integers(1, 5))
    def round_goes(self, limit: int) -> None:
        self.offers_lapse()
        decisions, same = (assignments(state, self.now, limit) for state in self.states)
        assert decisions == same, "the same story gives the same decisions"
        for decision in decisions:
            self.follow(decision)
        if len(decisions) < limit:
            for head in self.heads():
                holder = self.holder(head)
                could = AGENTS if holder is None else [] if self.is_behind_others(head) else [holder]
                assert not any(self.could_take(each, head) for each in could), "nobody is idle while somebody waits"
                assert not self.asked_again(head), (
                    "not even who declined, when a minute is over and there is nobody else"
                )
            self.nothing_is_forgotten()

    def offers_lapse(self) -> None:
        """What was not answered in time goes on, with its place; whoever left is not asked in vain."""
        lapsed = [sorted(state.lapsed(self.now)) for state in self.states]
        over = [
            (each, agent_id)
            for each, (_, agent_id, until) in self.offers.items()
            if until <= self.now or not self.agents[agent_id].ready
        ]
        assert lapsed == [sorted(over)] * 2
        for conversation, _ in over:
            self.declined(conversation)

    def follow(self, decision: Decision) -> None:
        ticket = waited = self.waiting[decision.conversation_id]
        assert ticket in self.heads(), "first in, first out within what is asked for"
        assert self.holder(ticket) in (None, decision.agent_id), "nobody gets what is reserved for somebody else"
        if decision.agent_id in ticket.declined:
            assert decision.agent_id in self.asked_again(ticket)[:1], "asked again in turn, and only after all others"
            ticket = replace(ticket, declined={})
        assert self.could_take(decision.agent_id, ticket), "never above capacity, never unskilled, never away"
        self.assignees[ticket.conversation_id] = decision.agent_id, ticket.weight
        del self.waiting[ticket.conversation_id]
        manner = self.manners.get(ticket.queue_id, Manner())
        self.paused[decision.agent_id] = self.now + max(manner.pause, self.agents[decision.agent_id].pause)
        if manner.offer:
            self.offers[decision.conversation_id] = waited, decision.agent_id, self.now + manner.offer

    def nothing_is_forgotten(self) -> None:
        """Whatever time alone makes possible is looked at when it does."""
        ends = [until for until in self.paused.values() if until > self.now]
        ends += [until for _, _, until in self.offers.values()]
        due = [state.next_due() for state in self.states]
        assert due[0] == due[1]
        assert due[0] is None or due[0] > self.now
        assert not ends or (due[0] is not None and due[0] <= min(ends))

    def heads(self) -> list[Ticket]:
        """Whoever is first by the order that was promised, of those in a queue who ask for the same and wait for the
        same one of us, or for anybody."""
        firsts: dict[tuple[object, ...], Ticket] = {}
        for each in self.line():
            asks = (each.queue_id, each.skill, each.skill_level, self.holder(each), frozenset(each.declined))
            firsts.setdefault(asks, each)
        return list(firsts.values())

    def asked_again(self, ticket: Ticket) -> list[UserId]:
        """Who declined this at least a minute ago and could take it now, the longest ago first; others come before."""
        if any(self.could_take(each, ticket) for each in AGENTS):
            return []
        fresh = replace(ticket, declined={})
        ago = sorted((at, each) for each, at in ticket.declined.items() if at + ASKED_AGAIN <= self.now)
        return [each for _, each in ago if self.could_take(each, fresh)]

    def is_behind_others(self, ticket: Ticket) -> bool:
        """Nobody is passed within a line, not even by a customer for whom somebody is reserved."""
        return any(
            each.line == ticket.line and each.turn < ticket.turn and self.holder(each) is None
            for each in self.waiting.values()
        )

    def holder(self, ticket: Ticket) -> UserId | None:
        """For whom alone a customer waits, by the words of the promise."""
        manner = self.manners.get(ticket.queue_id, Manner())
        if self.now >= ticket.since + manner.grace:
            return None
        manager_id, last_agent_id = ticket.manager_id, ticket.last_agent_id
        if manager_id and self.is_at_work(manager_id, ticket):
            return manager_id
        deputy_id = manager_id and self.agents[manager_id].deputy_id
        if deputy_id and self.is_at_work(deputy_id, ticket):
            return deputy_id
        is_remembered = ticket.last_served_at is not None and ticket.since - ticket.last_served_at <= manner.remembers
        return last_agent_id if last_agent_id and is_remembered and self.is_at_work(last_agent_id, ticket) else None

    def line(self) -> list[Ticket]:
        return sorted(self.waiting.values(), key=lambda each: (each.turn.at, each.since, each.conversation_id))

    def could_take(self, agent_id: UserId, ticket: Ticket) -> bool:
        load = self.loads()[agent_id]
        room = self.agents[agent_id].capacity * 4 - load
        fits = room > 0 and (load == 0 or ticket.weight <= room)
        rested = self.paused.get(agent_id, self.now) <= self.now
        return fits and rested and self.is_at_work(agent_id, ticket)

    def is_at_work(self, agent_id: UserId, ticket: Ticket) -> bool:
        found = self.agents[agent_id]
        skilled = not ticket.skill or found.skills.get(ticket.skill, -1) >= ticket.skill_level
        present = found.seen_at is not None and self.now - found.seen_at <= PRESENCE
        asked = agent_id not in ticket.declined
        return asked and found.ready and present and skilled and agent_id in self.members[ticket.queue_id]

    def loads(self) -> Counter[UserId]:
        loads: Counter[UserId] = Counter()
        for agent_id, weight in self.assignees.values():
            loads[agent_id] += weight
        return loads

    @invariant()
    def nobody_is_lost(self) -> None:
        for state in self.states:
            assert state.waiting() == self.line()
            assert {each: state.load(each) for each in AGENTS} == {each: self.loads()[each] for each in AGENTS}


TestFloor = Floor.TestCase
TestFloor.settings = settings(stateful_step_count=100, deadline=None)
