"""Small frozen things of routing as JSON, and back: what is as it is by default is left out."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar, get_args

from routing.lines import Ticket
from routing.team import Agent, Manner, Strategy

T = TypeVar("T", Agent, Manner, Ticket)

_MICROSECOND = timedelta(microseconds=1)

_WRITERS: Mapping[type, Callable[[Any], object]] = {
    datetime: datetime.isoformat,
    timedelta: lambda time: time // _MICROSECOND,
}

_READERS: Mapping[type, Callable[[Any], object]] = {
    datetime: datetime.fromisoformat,
    timedelta: lambda microseconds: microseconds * _MICROSECOND,
    Strategy: Strategy,
}


def written(thing: Agent | Manner | Ticket) -> dict[str, object]:
    """One of these as JSON."""
    values = {each: getattr(thing, each.name) for each in fields(thing) if each.init}
    return {each.name: _written(value) for each, value in values.items() if value != _default(each)}


def read(kind: type[T], values: Mapping[str, Any]) -> T:
    """What `written` wrote."""
    known = {each.name: each for each in fields(kind)}
    return kind(**{name: _read(known[name], value) for name, value in values.items()})


def _default(each: Field[Any]) -> object:
    return each.default if each.default_factory is MISSING else each.default_factory()


def _written(value: object) -> object:
    if isinstance(value, dict):
        return {name: _written(each) for name, each in value.items()}
    writer = _WRITERS.get(type(value))
    return value if writer is None else writer(value)


def _read(each: Field[Any], value: object) -> Any:
    readers = [_READERS[kind] for kind in (each.type, *get_args(each.type)) if kind in _READERS]
    if not readers or value is None:
        return value
    if isinstance(value, dict):
        return {name: readers[0](one) for name, one in value.items()}
    return readers[0](value)
