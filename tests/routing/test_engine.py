"""The engine keeps its promises whatever happens in whatever order."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from conversations.ids import ConversationId, QueueId, UserId
from routing.engine import GRACE, PRESENCE, Agent, Decision, State, Ticket, assignments
from tests.support.builders import NOW

QUEUE = QueueId("q1")


def agent(name: str, **changes: Any) -> Agent:
    fields: dict[str, Any] = {"ready": True, "capacity": 3, "ready_since": NOW, "seen_at": NOW}
    return Agent(id=UserId(name), **(fields | changes))


def ticket(name: str, *, minute: int = 0, queue: str = QUEUE, owner: str | None = None, priority: int = 0) -> Ticket:
    return Ticket(
        is_new=owner is None,
        since=NOW + timedelta(minutes=minute),
        conversation_id=ConversationId(name),
        queue_id=QueueId(queue),
        owner_id=None if owner is None else UserId(owner),
        priority=priority,
    )


def floor(*agents: Agent) -> State:
    state = State()
    state.set_agents(agents)
    state.set_members({QUEUE: frozenset(each.id for each in agents)})
    return state


def given(decisions: list[Decision]) -> list[tuple[str, str]]:
    return [(each.conversation_id, each.agent_id) for each in decisions]


def test_the_lowest_load_for_the_capacity_comes_first_and_the_reason_says_so() -> None:
    state = floor(agent("small", capacity=2), agent("large", capacity=6))
    state.assigned(ConversationId("a"), UserId("small"))
    state.assigned(ConversationId("b"), UserId("large"))
    state.assigned(ConversationId("c"), UserId("large"))
    state.queued(ticket("d"))
    # 2 of 6 is less than 1 of 2
    assert assignments(state, NOW) == [Decision(ConversationId("d"), QUEUE, UserId("large"), "lowest load 2 of 6")]


def test_of_equal_loads_the_longest_idle_comes_first() -> None:
    state = floor(agent("a", ready_since=NOW), agent("b", ready_since=NOW - timedelta(hours=1)))
    state.queued(ticket("1"))
    assert given(assignments(state, NOW)) == [("1", "b")]
    state.gone(ConversationId("1"))
    state.queued(ticket("2"))
    assert given(assignments(state, NOW + timedelta(seconds=1))) == [("2", "a")]


def test_a_conversation_goes_back_to_its_first_responsible_agent_and_before_new_ones() -> None:
    state = floor(agent("busy"), agent("idle"))
    state.assigned(ConversationId("other"), UserId("busy"))
    state.queued(ticket("new"))
    state.queued(ticket("reopened", minute=5, owner="busy"))
    assert given(assignments(state, NOW)) == [("reopened", "busy"), ("new", "idle")]


def test_somebody_else_takes_over_from_an_owner_who_is_away_or_in_another_queue() -> None:
    state = floor(agent("away", ready=False), agent("here"))
    state.queued(ticket("1", owner="away"))
    state.queued(ticket("2", owner="stranger"))
    assert given(assignments(state, NOW)) == [("1", "here"), ("2", "here")]


def test_who_was_not_seen_gets_nothing_until_seen_again() -> None:
    state = floor(agent("a"))
    state.queued(ticket("1"))
    later = NOW + PRESENCE + timedelta(seconds=1)
    assert assignments(state, later) == []
    state.set_seen({UserId("a"): later})
    assert given(assignments(state, later)) == [("1", "a")]


def test_a_ready_agent_is_lost_after_the_grace_time() -> None:
    state = floor(agent("ready"), agent("break", ready=False), agent("never", seen_at=None))
    assert state.lost(NOW + GRACE) == []
    assert state.lost(NOW + GRACE + timedelta(seconds=1)) == ["ready"]


def test_work_flows_across_queues_to_the_longest_wait() -> None:
    state = floor(agent("a", capacity=1))
    state.set_members({QUEUE: frozenset((UserId("a"),)), QueueId("q2"): frozenset((UserId("a"),))})
    state.queued(ticket("late", minute=2))
    state.queued(ticket("early", minute=1, queue="q2"))
    assert given(assignments(state, NOW)) == [("early", "a")]


def test_priority_counts_as_a_longer_wait_so_that_nobody_starves() -> None:
    """One step of priority is ten minutes: 2 steps pass whoever waits 19 minutes longer, not 21."""
    state = floor(agent("a"))
    state.queued(ticket("urgent", minute=21, priority=2))
    state.queued(ticket("waits 19 longer", minute=2))
    state.queued(ticket("waits 21 longer", minute=0))
    assert [each for each, _ in given(assignments(state, NOW))] == ["waits 21 longer", "urgent", "waits 19 longer"]


def test_who_was_served_before_comes_first_unless_somebody_waits_two_hours_longer() -> None:
    state = floor(agent("a", capacity=9))
    state.queued(ticket("back", minute=121, owner="away"))
    state.queued(ticket("waits 119 longer", minute=2))
    state.queued(ticket("waits 121 longer", minute=0))
    assert [each for each, _ in given(assignments(state, NOW))] == ["waits 121 longer", "back", "waits 119 longer"]


def test_a_round_ends_at_its_limit_and_the_next_goes_on() -> None:
    state = floor(agent("a", capacity=10))
    for number in range(5):
        state.queued(ticket(str(number), minute=number))
    assert [each for each, _ in given(assignments(state, NOW, limit=3))] == ["0", "1", "2"]
    assert [each for each, _ in given(assignments(state, NOW, limit=3))] == ["3", "4"]


AGENTS = [UserId(f"a{number}") for number in range(4)]
QUEUES = [QueueId(f"q{number}") for number in range(3)]
CONVERSATIONS = [ConversationId(f"c{number}") for number in range(12)]

agents = st.sampled_from(AGENTS)
queues = st.sampled_from(QUEUES)
conversations = st.sampled_from(CONVERSATIONS)


class Floor(RuleBasedStateMachine):
    """A day on the floor, in any order; beside it, what must be true by counting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.agents = {each: agent(each, capacity=2) for each in AGENTS}
        self.members = {each: frozenset(AGENTS) for each in QUEUES}
        self.waiting: dict[ConversationId, Ticket] = {}
        self.assignees: dict[ConversationId, UserId] = {}
        self.states = [State(), State()]
        for state in self.states:
            state.set_agents(self.agents.values())
            state.set_members(self.members)

    @rule(conversation=conversations, queue=queues, minute=st.integers(0, 3), owner=st.none() | agents)
    def queued(self, conversation: ConversationId, queue: QueueId, minute: int, owner: UserId | None) -> None:
        self.assignees.pop(conversation, None)
        self.waiting[conversation] = ticket(conversation, minute=minute, queue=queue, owner=owner)
        for state in self.states:
            state.queued(self.waiting[conversation])

    @rule(conversation=conversations, agent_id=agents)
    def taken_by_hand(self, conversation: ConversationId, agent_id: UserId) -> None:
        self.waiting.pop(conversation, None)
        self.assignees[conversation] = agent_id
        for state in self.states:
            state.assigned(conversation, agent_id)

    @rule(conversation=conversations)
    def gone(self, conversation: ConversationId) -> None:
        self.waiting.pop(conversation, None)
        self.assignees.pop(conversation, None)
        for state in self.states:
            state.gone(conversation)

    @rule(agent_id=agents, ready=st.booleans(), capacity=st.integers(0, 4))
    def changed(self, agent_id: UserId, ready: bool, capacity: int) -> None:
        self.agents[agent_id] = replace(self.agents[agent_id], ready=ready, capacity=capacity, ready_since=self.now)
        for state in self.states:
            state.set_agents(self.agents.values())

    @rule(queue=queues, members=st.frozensets(agents))
    def moved(self, queue: QueueId, members: frozenset[UserId]) -> None:
        self.members[queue] = members
        for state in self.states:
            state.set_members(self.members)

    @rule(seen=st.frozensets(agents), seconds=st.integers(0, 100))
    def time_passes(self, seen: frozenset[UserId], seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.agents |= {each: replace(self.agents[each], seen_at=self.now) for each in seen}
        for state in self.states:
            state.set_seen(dict.fromkeys(seen, self.now))

    @rule(limit=st.integers(1, 5))
    def round_goes(self, limit: int) -> None:
        before = {queue: self.line(queue) for queue in QUEUES}
        decisions, same = (assignments(state, self.now, limit) for state in self.states)
        assert decisions == same, "the same story gives the same decisions"
        for decision in decisions:
            assert self.could_take(decision.agent_id, decision.queue_id)
            assert self.waiting.pop(decision.conversation_id).queue_id == decision.queue_id
            self.assignees[decision.conversation_id] = decision.agent_id
        for queue, line in before.items():
            served = [each.conversation_id for each in decisions if each.queue_id == queue]
            assert served == [each.conversation_id for each in line[: len(served)]], "first in, first out"
        if len(decisions) < limit:
            assert not self.idle_and_waiting(), "nobody is idle while somebody waits"

    def line(self, queue: QueueId | None = None) -> list[Ticket]:
        """Who waits, in a queue or at all, in the order that was promised."""
        return sorted(
            (each for each in self.waiting.values() if queue in (None, each.queue_id)),
            key=lambda each: (each.turn.at, each.since, each.conversation_id),
        )

    def could_take(self, agent_id: UserId, queue_id: QueueId) -> bool:
        found = self.agents[agent_id]
        present = found.seen_at is not None and self.now - found.seen_at <= PRESENCE
        load = Counter(self.assignees.values())[agent_id]
        return found.ready and present and load < found.capacity and agent_id in self.members[queue_id]

    def idle_and_waiting(self) -> list[tuple[UserId, Ticket]]:
        return [(who, each) for each in self.waiting.values() for who in AGENTS if self.could_take(who, each.queue_id)]

    @invariant()
    def nobody_is_lost(self) -> None:
        for state in self.states:
            assert state.waiting() == self.line()
            assert {each: state.load(each) for each in AGENTS} == {
                each: Counter(self.assignees.values())[each] for each in AGENTS
            }


TestFloor = Floor.TestCase
