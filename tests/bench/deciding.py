"""How fast the engine decides: when every place is taken and thousands wait, and when many are free and one comes."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from random import Random
from time import process_time

from conversations.ids import ConversationId, QueueId, UserId
from routing.engine import Agent, State, Ticket, assignments
from tests.bench.figures import Figure, compare
from tests.support.builders import NOW

AGENTS = 200
QUEUES = 20
DECISIONS = 5_000
RUNS = 5
STAY = 60

AIM = 20_000
"""Decisions a second with 10,000 waiting."""


def deciding() -> Figure:
    """Decisions a second with 10,000 waiting, against 1,000: the logarithm, and so the time, is a third more."""
    return compare(
        f"decisions of the engine, {AGENTS} agents, {QUEUES} queues, 10,000 waiting",
        "decisions/s",
        "1,000 waiting",
        f"≥ {AIM:,}/s, ratio ≥ 0.75",
        [(decisions_a_second(10_000), decisions_a_second(1_000)) for _ in range(RUNS)],
    )


def decisions_a_second(waiting: int) -> float:
    """Of this processor's time: somebody ends, the next one gets their place, and another one comes to wait."""
    chance = Random(waiting)  # noqa: S311  # the same story each time
    state, arrivals = _floor(), _arrivals(chance)
    for ticket in islice(arrivals, waiting + AGENTS * 5):
        state.queued(ticket)
    busy: list[ConversationId] = []
    while decisions := assignments(state, NOW):
        busy += [each.conversation_id for each in decisions]
    coming = list(islice(arrivals, DECISIONS))
    begin = process_time()
    while coming:
        state.gone(busy.pop(chance.randrange(len(busy))))
        for decision in assignments(state, NOW):
            busy.append(decision.conversation_id)
            state.queued(coming.pop())
    return DECISIONS / (process_time() - begin)


def arriving() -> Figure:
    """Single arrivals a second among 2,000 free agents, against 20: the logarithm is 2.5 times as much, at most."""
    return compare(
        "single arrivals in the engine among 2,000 free agents",
        "decisions/s",
        "20 free agents",
        "ratio ≥ 0.4",
        [(arrivals_a_second(2_000), arrivals_a_second(20)) for _ in range(RUNS)],
    )


def arrivals_a_second(free: int) -> float:
    """Each comes alone, and is served by one of these; a minute's worth of them stays."""
    state, queue_id = State(), QueueId("q")
    agents = [UserId(f"a{number}") for number in range(free)]
    state.set_agents(Agent(id=each, ready=True, capacity=9, ready_since=NOW, seen_at=NOW) for each in agents)
    state.set_members({queue_id: frozenset(agents)})
    begin = process_time()
    for number in range(DECISIONS):
        conversation_id = ConversationId(f"c{number}")
        state.queued(Ticket(conversation_id=conversation_id, queue_id=queue_id, since=NOW + timedelta(seconds=number)))
        assignments(state, NOW)
        state.gone(ConversationId(f"c{number - STAY}"))
    return DECISIONS / (process_time() - begin)


def _floor() -> State:
    """Everybody works in two queues; half of them have two skills."""
    state = State()
    state.set_agents(
        Agent(
            id=UserId(f"a{number}"),
            ready=True,
            capacity=5,
            ready_since=NOW,
            seen_at=NOW,
            skills={"loans": 1, "cards": 2} if number % 2 else {},
        )
        for number in range(AGENTS)
    )
    places = AGENTS // QUEUES
    state.set_members(
        {
            QueueId(f"q{queue}"): frozenset(
                UserId(f"a{number % AGENTS}") for number in range(queue * places, (queue + 2) * places)
            )
            for queue in range(QUEUES)
        }
    )
    return state


def _arrivals(chance: Random) -> Iterator[Ticket]:
    for number in count():
        yield Ticket(
            conversation_id=ConversationId(f"c{number}"),
            queue_id=QueueId(f"q{chance.randrange(QUEUES)}"),
            since=NOW + timedelta(seconds=number),
            priority=chance.choice((0, 0, 0, 1, 2)),
            skill=chance.choice(("", "", "loans", "cards")),
        )
