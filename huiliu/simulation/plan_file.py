"""The file of a plan, TOML or JSON, and everything that is wrong with it."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from huiliu.simulation.keys import GROUP, MERGE, QUEUE, STEP, Keys, tables
from huiliu.simulation.steps import problems_of

Entry = Mapping[str, Any]
"""What stands in one [[…]] of a plan, by its words."""

Content = Mapping[str, Sequence[Entry]]

PARTS: Mapping[str, Keys] = {"queues": QUEUE, "agents": GROUP, "merged": MERGE}

OPTIONAL = frozenset(("merged",))


def read_plan_file(path: Path) -> Content:
    """What stands in a plan, each value by its meaning. Refuses it with everything that is wrong."""
    reading = _Reading()
    content = reading.content(_parsed(path))
    problems = reading.problems or list(_contradictions(content))
    if problems:
        raise click.ClickException("\n  ".join([f"{path} cannot be used:", *problems]))
    return content


def _parsed(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise click.ClickException(f"{path} is not {kind}: {error}") from error
    if not isinstance(content, dict):
        raise click.ClickException(f"{path} must have queues and agents.")
    return content


class _Reading:
    """Reads on when something is wrong, and keeps what that was."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def content(self, parsed: Mapping[str, Any]) -> Content:
        """What stands in each part; nothing stands for what is wrong."""
        self.problems += [f"{word}: a plan has only {', '.join(PARTS)}" for word in parsed if word not in PARTS]
        return {
            title: [] if title in OPTIONAL and title not in parsed else self._entries(title, parsed.get(title), keys)
            for title, keys in PARTS.items()
        }

    def _entries(self, title: str, value: Any, keys: Keys) -> list[Entry]:
        try:
            return [self._entry(f"{title} {place}", each, keys) for place, each in enumerate(tables(value), start=1)]
        except ValueError as error:
            self.problems.append(f"{title}: {error}, written as [[{_word(title)}]] in TOML")
            return []

    def _entry(self, about: str, entry: Mapping[str, Any], keys: Keys) -> Entry:
        missing = [name for name, key in keys.items() if key.required and name not in entry]
        self.problems += [f"{about}: {name} is missing" for name in missing]
        return {name: self._value(about, name, value, keys) for name, value in entry.items()}

    def _value(self, about: str, name: str, value: Any, keys: Keys) -> Any:
        if name == "overflow" and name in keys:
            return self._entries(f"{about}: {name}", value, STEP)
        try:
            return keys[name].read(value)
        except KeyError:
            self.problems.append(f"{about}: {name} is not known; there are {', '.join(keys)}")
        except ValueError as error:
            self.problems.append(f"{about}: {name}: {error}")
        return None


def _word(title: str) -> str:
    """What stands in TOML above what is called so in problems: `queues 2: overflow` is queues.overflow."""
    return re.sub(r" \d+: ", ".", title)


def _contradictions(content: Content) -> Iterator[str]:
    """What is wrong though each word is right."""
    queues, groups, merged = (content[title] for title in PARTS)
    yield from _names_twice(queues, groups, merged)
    names = [entry["name"] for entry in queues]
    for title, entry in (*_numbered("agents", groups), *_numbered("merged", merged)):
        yield from _unknown(title, entry.get("queues", ()), names)
    for title, step in _steps(queues):
        yield from (f"{title}: {problem}" for problem in problems_of(step))
        yield from _unknown(title, step.get("helpers", ()), names)
    if not any("accept" in entry for entry in queues):
        yield from _about_offers(groups)


def _names_twice(queues: Sequence[Entry], groups: Sequence[Entry], merged: Sequence[Entry]) -> Iterator[str]:
    names, called = ([entry["name"] for entry in entries if "name" in entry] for entries in (queues, groups))
    together = [name for entry in merged for name in entry["queues"]]
    yield from (f"there are two queues called {name}" for name in _repeated(names))
    yield from (f"there are two groups of agents called {name}" for name in _repeated(called))
    yield from (f"merged: {name} is there twice; a queue is merged with others once" for name in _repeated(together))


def _about_offers(groups: Sequence[Entry]) -> Iterator[str]:
    for title, entry in _numbered("agents", groups):
        if {"answer", "lapse", "back"} & entry.keys():
            yield f"{title}: answer, lapse and back are about offers, but no queue has a time to accept"


def _steps(queues: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
    for title, queue in _numbered("queues", queues):
        yield from _numbered(f"{title}: overflow", queue.get("overflow", ()))


def _numbered(title: str, entries: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
    return ((f"{title} {place}", entry) for place, entry in enumerate(entries, start=1))


def _unknown(title: str, named: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    return (f"{title}: there is no queue called {name}" for name in named if name not in names)


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]
