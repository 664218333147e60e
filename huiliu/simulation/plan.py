"""Queues and groups of agents from a plan, which is a TOML or a JSON file."""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from conversations.ids import QueueId
from huiliu.simulation.words import positive_duration, rate
from routing.forecasts.demand import ENDLESS, Constant, Demand, Duration, Exponential, Poisson
from routing.forecasts.simulation import Group

Read = Callable[[Any], Any]


@dataclass(frozen=True)
class Key:
    """A word that an entry of a plan may have, and what it means."""

    read: Read
    required: bool = False


@dataclass(frozen=True)
class Plan:
    """Who works, and who comes; a queue whose customers come from a history has no demand but its patience."""

    groups: tuple[Group, ...]
    queues: Mapping[str, Mapping[str, Any]]

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
        """The customers of a history, with the patience and priority of their queues."""
        unknown = [demand.queue_id for demand in demands if demand.queue_id not in self.queues]
        if unknown:
            raise click.ClickException(f"The history has queues that the plan does not: {', '.join(unknown)}.")
        twice = [name for name, entry in self.queues.items() if {"arrivals", "handle", "constant"} & entry.keys()]
        if twice:
            raise click.ClickException(
                f"With --history, customers come from there: take arrivals and handle of {', '.join(twice)} out of"
                " the plan."
            )
        return [
            replace(
                demand,
                patience=patience_of(self.queues[demand.queue_id].get("patience")),
                priority=self.queues[demand.queue_id].get("priority", 0),
            )
            for demand in demands
        ]


def patience_of(mean: float | None) -> Duration:
    """How long customers wait who on average wait so many seconds."""
    return ENDLESS if mean is None else Exponential(mean)


def handling_of(mean: float, constant: bool) -> Duration:
    """How long conversations take that on average take so many seconds."""
    return Constant(mean) if constant else Exponential(mean)


def read_plan(path: Path) -> Plan:
    """Read a plan. Refuses it with everything that is wrong."""
    content = _content(path)
    problems: list[str] = []
    queues = _entries(content, "queues", QUEUE, problems)
    groups = _entries(content, "agents", GROUP, problems)
    names = [entry.get("name") for entry in queues]
    problems += [f"there are two queues called {name}" for name in _repeated(names)]
    problems += [f"{word}: a plan has only queues and agents" for word in content if word not in ("queues", "agents")]
    called = [entry.get("name") for entry in groups]
    problems += [f"there are two groups of agents called {name}" for name in _repeated(called)]
    if not problems:
        problems += _unknown_queues(groups, names)
    if problems:
        raise click.ClickException("\n  ".join([f"{path} cannot be used:", *problems]))
    return Plan(
        groups=tuple(_group(place, entry, names) for place, entry in enumerate(groups, start=1)),
        queues={entry["name"]: entry for entry in queues},
    )


def _content(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise click.ClickException(f"{path} is not {kind}: {error}") from error
    if not isinstance(content, dict):
        raise click.ClickException(f"{path} must have queues and agents.")
    return content


def _entries(
    content: Mapping[str, Any], title: str, keys: Mapping[str, Key], problems: list[str]
) -> list[dict[str, Any]]:
    found = content.get(title)
    if not isinstance(found, list) or not found or not all(isinstance(entry, dict) for entry in found):
        problems.append(f"{title}: there must be at least one, written as [[{title}]] in TOML")
        return []
    return [_entry(f"{title} {place}", entry, keys, problems) for place, entry in enumerate(found, start=1)]


def _entry(about: str, entry: Mapping[str, Any], keys: Mapping[str, Key], problems: list[str]) -> dict[str, Any]:
    problems += [f"{about}: {name} is missing" for name, key in keys.items() if key.required and name not in entry]
    read: dict[str, Any] = {}
    for name, value in entry.items():
        try:
            read[name] = keys[name].read(value)
        except KeyError:
            problems.append(f"{about}: {name} is not known; there are {', '.join(keys)}")
        except ValueError as error:
            problems.append(f"{about}: {name}: {error}")
    return read


def _unknown_queues(groups: Sequence[Mapping[str, Any]], names: Sequence[str | None]) -> list[str]:
    return [
        f"agents {place}: there is no queue called {name}"
        for place, entry in enumerate(groups, start=1)
        for name in entry.get("queues", ())
        if name not in names
    ]


def _repeated(names: Sequence[str | None]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name is not None and names.count(name) > 1]


def _group(place: int, entry: Mapping[str, Any], names: Sequence[str | None]) -> Group:
    return Group(
        name=entry.get("name", f"group {place}"),
        agents=entry["count"],
        queues=frozenset(QueueId(str(name)) for name in entry.get("queues", names)),
        capacity=entry.get("capacity", 1),
        skills=entry.get("skills", {}),
    )


def _demand(name: str, entry: Mapping[str, Any]) -> Demand:
    return Demand(
        queue_id=QueueId(name),
        arrivals=Poisson(entry["arrivals"].per_second),
        handle=handling_of(entry["handle"], entry.get("constant", False)),
        patience=patience_of(entry.get("patience")),
        priority=entry.get("priority", 0),
        skill=entry.get("skill", ""),
        skill_level=entry.get("skill_level", 1 if "skill" in entry else 0),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is not a text")
    return value.strip()


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{value!r} is not a list of names")
    return [_text(each) for each in value]


def _whole_number(least: int) -> Read:
    def read(value: Any) -> int:
        if type(value) is not int or value < least:
            raise ValueError(f"{value!r} is not a whole number from {least} on")
        return value

    return read


def _levels(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} does not name skills with their levels, as {{english = 2}} does")
    return {name: _whole_number(1)(level) for name, level in value.items()}


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _words(read: Read) -> Read:
    return lambda value: read(_text(value))


QUEUE: Mapping[str, Key] = {
    "name": Key(_text, required=True),
    "arrivals": Key(_words(rate)),
    "handle": Key(_words(positive_duration)),
    "constant": Key(_yes_or_no),
    "patience": Key(_words(positive_duration)),
    "priority": Key(_whole_number(0)),
    "skill": Key(_text),
    "skill_level": Key(_whole_number(1)),
}

GROUP: Mapping[str, Key] = {
    "name": Key(_text),
    "count": Key(_whole_number(1), required=True),
    "queues": Key(_texts),
    "capacity": Key(_whole_number(1)),
    "skills": Key(_levels),
}
