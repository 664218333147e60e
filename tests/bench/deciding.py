"""How fast the engine decides: every place is taken, thousands wait; one conversation ends, the next one is given."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from random import Random
from statistics import median
from time import perf_counter

from conversations.ids import ConversationId, QueueId, UserId
from routing.engine import Agent, State, Ticket, assignments
from tests.bench.figures import Figure, compare
from tests.support.builders import NOW

AGENTS = 200
QUEUES = 20
SKILLS = ("", "", "loans", "cards")
WEIGHTS = (1, 2, 4, 4, 8)
DECISIONS = 5_000
RUNS = 5

AIM = 20_000
"""Decisions a second with 10,000 waiting."""


def deciding() -> list[Figure]:
    """Decisions a second with 10,000 waiting, against ten times as many: both lines grow by the logarithm only."""
    pairs = [(_decisions_a_second(10_000), _decisions_a_second(100_000)) for _ in range(RUNS)]
    name = f"decisions of the engine, {AGENTS} agents, {QUEUES} queues, 10,000 waiting"
    return [compare(name, "decisions/s", "100,000 waiting", f"≥ {AIM:,} decisions/s, ratio ≤ 1.25", pairs)]


def _decisions_a_second(waiting: int) -> float:
    chance = Random(waiting)
    state, arrivals = _floor(chance), _arrivals(chance)
    busy = [each.conversation_id for each in _fill(state, arrivals, waiting)]
    decided, begin = 0, perf_counter()
    while decided < DECISIONS:
        state.gone(busy.pop(chance.randrange(len(busy))))
        decisions = assignments(state, NOW)
        busy += [each.conversation_id for each in decisions]
        for _ in decisions:
            state.queued(next(arrivals))
        decided += len(decisions)
    return decided / (perf_counter() - begin)
