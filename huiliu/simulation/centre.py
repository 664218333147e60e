"""The house as a plan, and a day of it as a history: `huiliu simulate` reads both."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from io import StringIO
from statistics import fmean, median
from typing import Any

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import QueueId
from conversations.overflow import Step
from conversations.people import User
from huiliu.simulation.steps import entry_of
from storage import merges, overflow, past, people, queues
from storage.database import Connection
from storage.past import Came, Offers
from storage.queues import Queue

SECONDS: Mapping[str, str] = {"grace": "grace_seconds", "accept": "offer_seconds", "pause": "pause_seconds"}
"""Times of a queue, by their words in a plan."""

UNKNOWN = 300.0
"""Seconds that conversations take when none is over."""

COLUMNS = ("arrived", "handle_seconds", "queue", "skill", "weight")


@dataclass(frozen=True)
class Centre:
    """Its queues, agents and steps as they are now, and who came on the day that is looked at."""

    queues: Sequence[Queue]
    agents: Sequence[User]
    merged: Sequence[frozenset[QueueId]]
    steps: Sequence[Step]
    came: Sequence[Came]
    offers: Offers

    @property
    def names(self) -> Mapping[QueueId, str]:
        """What the queues are called."""
        return {queue.id: queue.name for queue in self.queues}

    def at_work(self) -> list[User]:
        """The members of queues who had a conversation on that day."""
        had_one = {each.agent_id for each in self.came}
        return [agent for agent in self.agents if agent.id in had_one and agent.queue_ids]

    def lapse(self) -> float:
        """The share of offers that nobody answered; 0 when conversations are not offered any more."""
        offers_now = any(queue.offer_seconds for queue in self.queues)
        return min(self.offers.missed / self.offers.made, 1) if offers_now and self.offers.made else 0

    def handles(self) -> Mapping[QueueId, list[float]]:
        """How many seconds conversations took, as far as they are over."""
        found: defaultdict[QueueId, list[float]] = defaultdict(list)
        for each in self.came:
            if each.took:
                found[each.queue_id].append(each.took.total_seconds())
        return found


def read_centre(connection: Connection, since: datetime, until: datetime) -> Centre:
    """The house now, with who came within this time."""
    return Centre(
        queues=queues.listed(connection),
        agents=people.listed(connection),
        merged=merges.together(connection),
        steps=overflow.listed(connection),
        came=past.came(connection, since, until),
        offers=past.offers(connection, since, until),
    )


def plan_of(centre: Centre) -> dict[str, Any]:
    """A plan without arrivals, which come from `history_of`."""
    merged = [{"queues": _named(each, centre.names)} for each in centre.merged]
    return {
        "queues": [_queue(queue, centre) for queue in centre.queues],
        "agents": [_group(alike, centre) for alike in _alike(centre.at_work())],
    } | ({"merged": merged} if merged else {})


def history_of(centre: Centre, zone: tzinfo) -> str:
    """The customers of the day as CSV. A conversation that is not over is as long as others of its queue."""
    usual = {queue_id: median(those) for queue_id, those in centre.handles().items()}
    ordinary = median(usual.values()) if usual else UNKNOWN
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for each in centre.came:
        seconds = each.took.total_seconds() if each.took else usual.get(each.queue_id, ordinary)
        name = centre.names[each.queue_id]
        arrived = each.at.astimezone(zone).isoformat(timespec="seconds")
        rows.writerow((arrived, max(round(seconds), 1), name, each.skill, f"{each.weight / ORDINARY_WEIGHT:g}"))
    return text.getvalue()


def _queue(queue: Queue, centre: Centre) -> dict[str, Any]:
    theirs = [each for each in centre.came if each.queue_id == queue.id]
    managed = fmean(each.manager_id is not None for each in theirs) if theirs else 0
    steps = [entry_of(step, centre.names) for step in centre.steps if step.queue_id == queue.id]
    times = {word: f"{seconds}s" for word, name in SECONDS.items() if (seconds := getattr(queue, name))}
    return (
        {"name": queue.name, "strategy": queue.strategy}
        | times
        | ({"manager": f"{managed:.1%}"} if managed else {})
        | ({"overflow": steps} if steps else {})
    )


def _alike(agents: Iterable[User]) -> Iterable[list[User]]:
    """Agents by what makes them different to the router."""
    found: defaultdict[object, list[User]] = defaultdict(list)
    for agent in agents:
        found[agent.queue_ids, agent.capacity, frozenset(agent.skills.items())].append(agent)
    return found.values()


def _group(alike: Sequence[User], centre: Centre) -> dict[str, Any]:
    first, *others = alike
    lapse = centre.lapse()
    return {
        "name": f"{first.login} and {len(others)} more" if others else first.login,
        "count": len(alike),
        "queues": _named(first.queue_ids, centre.names),
        "capacity": first.capacity,
        "skills": dict(first.skills),
    } | ({"lapse": f"{lapse:.1%}"} if lapse else {})


def _named(ids: Iterable[QueueId], names: Mapping[QueueId, str]) -> list[str]:
    return sorted(names[each] for each in ids)
