"""The set-up of the routing: what people decided, as the engine sees it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.ids import AccountId
from conversations.people import User
from conversations.states import ON_DUTY
from routing.engine import Agent, Manner, Strategy
from routing.rulebook.rules import Rule, read_rules
from routing.rulebook.vocabulary import known_things
from routing.rush.reach import Reach, read_reach
from storage import accounts, people, queues, rules, states, weights
from storage.database import Connection
from storage.people import Served
from storage.queues import Queue
from storage.weights import Weights

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Setup:
    """What people decide about routing: rules in order, queues from the oldest on, agents, accounts' kinds, weights.

    `reach` is whose members help where.
    """

    rules: tuple[Rule, ...]
    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    kinds: Mapping[AccountId, str]
    weights: Weights
    reach: Reach

    @property
    def remembers(self) -> timedelta:
        """For how long some queue remembers at most who served a customer last."""
        return timedelta(minutes=max((queue.last_agent_minutes for queue in self.queues), default=0))


def read_setup(connection: Connection) -> Setup:
    """The setup as it is stored now."""
    seen, served = states.last_seen(connection), people.served(connection)
    return Setup(
        rules=_readable(connection),
        queues=tuple(queues.listed(connection)),
        agents=tuple(agent_of(user, seen.get(user.id), served.get(user.id)) for user in people.listed(connection)),
        kinds=accounts.kinds(connection),
        weights=weights.read(connection),
        reach=read_reach(connection),
    )


def manner_of(queue: Queue) -> Manner:
    """How a queue gives out its work, as the engine sees it."""
    return Manner(
        strategy=Strategy(queue.strategy),
        pause=timedelta(seconds=queue.pause_seconds),
        grace=timedelta(seconds=queue.grace_seconds),
        remembers=timedelta(minutes=queue.last_agent_minutes),
        offer=timedelta(seconds=queue.offer_seconds),
    )


def agent_of(user: User, seen_at: datetime | None = None, served: Served | None = None) -> Agent:
    """Somebody, as the engine sees them."""
    return Agent(
        id=user.id,
        ready=user.enabled and user.state in ON_DUTY,
        capacity=user.capacity,
        ready_since=user.state_since,
        seen_at=seen_at,
        skills=user.skills,
        pause=timedelta(seconds=user.pause_seconds),
        deputy_id=user.deputy_id,
        served_at=served.at if served else None,
        served_today=served.that_day if served else 0,
        paused_until=served.paused_until if served else None,
    )


def _readable(connection: Connection) -> tuple[Rule, ...]:
    """A rule that cannot be read leads nowhere: it must neither catch everything nor stop the others."""
    book = rules.current(connection)
    readable, problems = read_rules(book, known_things(connection))
    for problem in problems:
        log.error("rules, version %s, place %s: %s: %s", book.number, problem.rule, problem.part, problem)
    return tuple(readable)
