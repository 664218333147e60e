"""Actions: what a rule does with a conversation. The queue is the one that every rule has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conversations.ids import QueueId
from conversations.language import LANGUAGES
from routing.rulebook import forms
from routing.rulebook.problems import Known, Wrong

HIGHEST_PRIORITY = 9
HIGHEST_LEVEL = 9
LONGEST_WORD = 60
LONGEST_REPLY = 1_000


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a rule wants for a conversation.

    `priority` 0 is ordinary, higher is served earlier. `skill` empty is anybody. `tags` go to the customer. `reply` is
    what they are told at once, by language.
    """

    queue_id: QueueId
    priority: int = 0
    skill: str = ""
    skill_level: int = 0
    category: str = ""
    tags: tuple[str, ...] = ()
    reply: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """`form` is how its value is shown on the screen; `read` makes fields of an `Outcome` of it, or raises `Wrong`."""

    form: str
    read: Callable[[object, Known], dict[str, Any]]


def _queue(wanted: object, known: Known) -> dict[str, Any]:
    return {"queue_id": QueueId(forms.one(wanted, known, "queue"))}


def _priority(wanted: object, known: Known) -> dict[str, Any]:
    return {"priority": forms.number(wanted, 1, HIGHEST_PRIORITY)}


def _skill(wanted: object, known: Known) -> dict[str, Any]:
    found = forms.fields(wanted, "name", "level")
    level = forms.number(found["level"], 1, HIGHEST_LEVEL)
    return {"skill": forms.text(found["name"], LONGEST_WORD), "skill_level": level}


def _category(wanted: object, known: Known) -> dict[str, Any]:
    return {"category": forms.text(wanted, LONGEST_WORD)}


def _tags(wanted: object, known: Known) -> dict[str, Any]:
    return {"tags": tuple(forms.text(each, LONGEST_WORD) for each in forms.texts(wanted))}


def _reply(wanted: object, known: Known) -> dict[str, Any]:
    if not isinstance(wanted, dict) or not wanted or not set(wanted) <= set(LANGUAGES):
        raise Wrong("Write the reply in at least one of our languages.")
    return {"reply": {language: forms.text(words, LONGEST_REPLY) for language, words in wanted.items()}}


ACTIONS: Mapping[str, Action] = {
    "queue": Action("queue", _queue),
    "priority": Action("priority", _priority),
    "skill": Action("skill", _skill),
    "category": Action("text", _category),
    "tags": Action("texts", _tags),
    "reply": Action("reply", _reply),
}
"""By the name under which they are stored."""
