"""A centre from a plan: its queues, its groups of agents, and how it gives out work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from conversations.ids import QueueId
from huiliu.simulation.plan_file import Entry, read_plan_file
from huiliu.simulation.steps import step_of
from routing.forecasts.demand import ENDLESS, Constant, Demand, Duration, Exponential, Poisson
from routing.forecasts.scenario import Group, House
from routing.team import Manner, Strategy


@dataclass(frozen=True)
class Plan:
    """Who works and how, and who comes; the customers of a queue may come from a history instead."""

    groups: tuple[Group, ...]
    house: House
    queues: Mapping[str, Entry]

    def demands(self) -> list[Demand]:
        """The customers of every queue, from its rates. Refuses a queue that has none."""
        lacking = [name for name, entry in self.queues.items() if not {"arrivals", "handle"} <= entry.keys()]
        if lacking:
            raise click.ClickException(
                f"The plan does not say who comes to {', '.join(lacking)}. Give each queue arrivals and handle, or"
                " give the customers of a day with --history."
            )
        return [_demand(name, entry) for name, entry in self.queues.items()]

    def applied_to(self, demands: Sequence[Demand]) -> list[Demand]:
        """The customers of a history, as patient and as heavy as those of their queues."""
        unknown = [demand.queue_id for demand in demands if demand.queue_id not in self.queues]
        if unknown:
            raise click.ClickException(f"The history has queues that the plan does not: {', '.join(unknown)}.")
        twice = [name for name, entry in self.queues.items() if {"arrivals", "handle", "constant"} & entry.keys()]
        if twice:
            raise click.ClickException(
                f"With --history, customers come from there: take arrivals and handle of {', '.join(twice)} out of"
                " the plan."
            )
        return [_as_in(self.queues[demand.queue_id], demand) for demand in demands]


def read_plan(path: Path) -> Plan:
    """Read a plan. Refuses it with everything that is wrong."""
    content = read_plan_file(path)
    queues = {entry["name"]: entry for entry in content["queues"]}
    house = House(
        manners={QueueId(name): manner for name, entry in queues.items() if (manner := _manner(entry)) != Manner()},
        merged=tuple(_ids(entry["queues"]) for entry in content["merged"]),
        steps=tuple(
            step_of(name, place, step)
            for name, entry in queues.items()
            for place, step in enumerate(entry.get("overflow", ()), start=1)
        ),
    )
    groups = (_group(place, entry, queues) for place, entry in enumerate(content["agents"], start=1))
    return Plan(tuple(groups), house, queues)


def patience_of(mean: float | None) -> Duration:
    """How long customers wait who on average wait so many seconds."""
    return ENDLESS if mean is None else Exponential(mean)


def handling_of(mean: float, constant: bool) -> Duration:
    """How long conversations take that on average take so many seconds."""
    return Constant(mean) if constant else Exponential(mean)


def _demand(name: str, entry: Entry) -> Demand:
    demand = Demand(
        queue_id=QueueId(name),
        arrivals=Poisson(entry["arrivals"].per_second),
        handle=handling_of(entry["handle"], entry.get("constant", False)),
        skill=entry.get("skill", ""),
        skill_level=entry.get("skill_level", 1 if "skill" in entry else 0),
    )
    return _as_in(entry, demand)


def _as_in(entry: Entry, demand: Demand) -> Demand:
    return replace(
        demand,
        patience=patience_of(entry.get("patience")),
        priority=entry.get("priority", 0),
        weight=entry.get("weight", demand.weight),
        managed=entry.get("manager", 0),
        returning=entry.get("last_agent", 0),
    )


def _manner(entry: Entry) -> Manner:
    pause, grace, offer = (timedelta(seconds=entry.get(name, 0)) for name in ("pause", "grace", "accept"))
    return Manner(strategy=entry.get("strategy", Strategy.BALANCED), pause=pause, grace=grace, offer=offer)


def _group(place: int, entry: Entry, queues: Mapping[str, Any]) -> Group:
    more = {name: entry[name] for name in ("capacity", "skills", "answer", "lapse", "back") if name in entry}
    return Group(
        name=entry.get("name", f"group {place}"),
        agents=entry["count"],
        queues=_ids(entry.get("queues", queues)),
        **more,
    )


def _ids(names: Iterable[str]) -> frozenset[QueueId]:
    return frozenset(QueueId(name) for name in names)
