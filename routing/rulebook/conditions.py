"""Conditions: everything a rule can ask about a conversation. Of several values one is enough."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from routing.clocks.calendars import Calendar
from routing.rulebook import forms
from routing.rulebook.facts import Facts
from routing.rulebook.problems import Known, Wrong
from routing.rulebook.words import LOOKALIKE, WordLists, finder
from storage.histories import LOOKS_BACK

Check = Callable[[Facts], bool]

MOST_REPEATS = 100


@dataclass(frozen=True)
class Condition:
    """`form` is how its value is shown on the screen and `of` what there is to choose from.

    `read` makes the written value one that can be used, or raises `Wrong`; `check` makes the question of it.
    """

    form: str
    read: Callable[[object, Known], Any]
    check: Callable[[Any, WordLists], Check]
    of: str = ""


def _choice(of: str, check: Callable[[list[str], WordLists], Check]) -> Condition:
    return Condition("choices", lambda wanted, known: forms.chosen(wanted, known, of), check, of)


def _texts(check: Callable[[list[str], WordLists], Check]) -> Condition:
    return Condition("texts", lambda wanted, known: forms.texts(wanted), check)


def _is_one_of(name: str) -> Callable[[list[str], WordLists], Check]:
    return lambda wanted, lists: lambda facts: getattr(facts, name) in wanted


def _language(wanted: list[str], lists: WordLists) -> Check:
    """`zh` fits `zh-CN` too; `zh-CN` fits itself only."""
    tags = [tag.lower() for tag in wanted]
    return lambda facts: any(f"{facts.language.lower()}-".startswith(f"{tag}-") for tag in tags)


def _tag(wanted: list[str], lists: WordLists) -> Check:
    tags = frozenset(wanted)
    return lambda facts: not tags.isdisjoint(facts.tags)


def _words(wanted: Iterable[str], lists: WordLists) -> Check:
    is_in = finder(wanted, lists[LOOKALIKE])
    return lambda facts: is_in(facts.text)


def _word_list(wanted: list[str], lists: WordLists) -> Check:
    return _words([word for name in wanted for word in lists[name]], lists)


def _source(wanted: list[str], lists: WordLists) -> Check:
    pieces = [piece.casefold() for piece in wanted]
    return lambda facts: any(piece in facts.source.casefold() for piece in pieces)


def _read_hours(wanted: object, known: Known) -> tuple[Calendar, bool]:
    found = forms.fields(wanted, "calendar", "open")
    if not isinstance(found["open"], bool):
        raise Wrong("Choose one.")
    return known.calendars[forms.one(found["calendar"], known, "calendar")], found["open"]


def _hours(wanted: tuple[Calendar, bool], lists: WordLists) -> Check:
    calendar, is_open = wanted
    return lambda facts: calendar.is_open(facts.at) is is_open


def _read_score(wanted: object, known: Known) -> range:
    found = forms.fields(wanted, "from", "to")
    lowest = forms.number(found["from"], 1, 5)
    return range(lowest, forms.number(found["to"], lowest, 5) + 1)


def _score(wanted: range, lists: WordLists) -> Check:
    return lambda facts: facts.last_score in wanted


def _read_repeat(wanted: object, known: Known) -> tuple[int, timedelta]:
    found = forms.fields(wanted, "times", "days")
    days = forms.number(found["days"], 1, LOOKS_BACK.days)
    return forms.number(found["times"], 2, MOST_REPEATS), timedelta(days=days)


def _repeat(wanted: tuple[int, timedelta], lists: WordLists) -> Check:
    """This conversation counts as one."""
    times, within = wanted
    return lambda facts: 1 + sum(facts.at - each <= within for each in facts.earlier) >= times


CONDITIONS: Mapping[str, Condition] = {
    "account": _choice("account", _is_one_of("account_id")),
    "kind": _choice("kind", _is_one_of("kind")),
    "language": _texts(_language),
    "segment": _texts(_is_one_of("segment")),
    "tag": _texts(_tag),
    "manager": _choice("person", _is_one_of("manager_id")),
    "words": _texts(_words),
    "word_list": _choice("list", _word_list),
    "source": _texts(_source),
    "hours": Condition("hours", _read_hours, _hours, "calendar"),
    "score": Condition("score", _read_score, _score),
    "repeat": Condition("repeat", _read_repeat, _repeat),
    "previous_queue": _choice("queue", _is_one_of("previous_queue_id")),
    "previous_category": _texts(_is_one_of("previous_category")),
}
"""By the name under which they are stored."""
