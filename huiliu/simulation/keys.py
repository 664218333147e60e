"""The words of a plan, and what may stand behind each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from conversations.conversation import ORDINARY_WEIGHT
from conversations.overflow import Remedy, Trigger
from huiliu.simulation.words import duration, positive_duration, rate, share
from routing.team import Strategy

Read = Callable[[Any], Any]
"""What a value means. Raises `ValueError`, which says what is wrong with it."""

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Key:
    """A word that an entry of a plan may have, and what it means."""

    read: Read
    required: bool = False


Keys = Mapping[str, Key]


def tables(value: Any) -> list[dict[str, Any]]:
    """Entries of a plan, in TOML written as [[…]]. Raises `ValueError`."""
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        raise ValueError("there must be at least one")
    return value


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


def weight_of(value: Any) -> int:
    """What is written as 0.25, 1 or 2, in quarters of an ordinary conversation. Raises `ValueError`."""
    quarters = value * ORDINARY_WEIGHT if type(value) in (int, float) else 0
    if quarters < 1 or quarters % 1 != 0:
        raise ValueError(f"{value!r} is not a weight; write 1 for an ordinary conversation, or 0.25, 0.5, 2 …")
    return int(quarters)


def _words(read: Read) -> Read:
    """What is no text is refused by `read` too, which says how to write it."""
    return lambda value: read(str(value))


def _one_of(words: type[Word]) -> Read:
    def read(value: Any) -> Word:
        if value not in list(words):
            raise ValueError(f"{value!r} is not known; there are {', '.join(words)}")
        return words(value)

    return read


QUEUE: Keys = {
    "name": Key(_text, required=True),
    "arrivals": Key(_words(rate)),
    "handle": Key(_words(positive_duration)),
    "constant": Key(_yes_or_no),
    "patience": Key(_words(positive_duration)),
    "priority": Key(_whole_number(0)),
    "skill": Key(_text),
    "skill_level": Key(_whole_number(1)),
    "weight": Key(weight_of),
    "manager": Key(_words(share)),
    "last_agent": Key(_words(share)),
    "strategy": Key(_one_of(Strategy)),
    "grace": Key(_words(duration)),
    "accept": Key(_words(duration)),
    "pause": Key(_words(duration)),
    "overflow": Key(tables),
}

STEP: Keys = {
    "trigger": Key(_one_of(Trigger), required=True),
    "limit": Key(_whole_number(0)),
    "release": Key(_whole_number(0)),
    "within": Key(_whole_number(1)),
    "remedy": Key(_one_of(Remedy), required=True),
    "helpers": Key(_texts),
}

GROUP: Keys = {
    "name": Key(_text),
    "count": Key(_whole_number(1), required=True),
    "queues": Key(_texts),
    "capacity": Key(_whole_number(1)),
    "skills": Key(_levels),
    "answer": Key(_words(duration)),
    "lapse": Key(_words(share)),
    "back": Key(_words(positive_duration)),
}

MERGE: Keys = {"queues": Key(_texts, required=True)}
