"""What visitors say of themselves before they write: nobody proved it, so it becomes words, never evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.webchat.identity import readable_mailbox, readable_phone
from conversations.errors import PayloadUnreadable
from conversations.language import CHINESE, ENGLISH, nearest
from conversations.parts import Part, Text

FIELDS = ("name", "email", "phone", "question")

LIMITS = {"name": 80, "email": 254, "phone": 40, "question": 2_000}
"""Characters; browsers are told the same in the widget."""

_LABELS = {
    CHINESE: {"name": "姓名：", "email": "邮箱：", "phone": "电话：", "consent": "已同意："},
    ENGLISH: {"name": "Name: ", "email": "E-mail: ", "phone": "Phone: ", "consent": "Agreed to: "},
}
_READERS = {"email": readable_mailbox, "phone": readable_phone}


@dataclass(frozen=True)
class Questions:
    """What one site asks: which fields, whether all must be filled in, and what must be agreed to."""

    fields: tuple[str, ...]
    required: bool
    consent: str


@dataclass(frozen=True)
class Form:
    """The answers; empty where there is none."""

    answers: Mapping[str, str]
    consent: str

    @property
    def name(self) -> str:
        """What they call themselves."""
        return self.answers.get("name", "")

    @property
    def mailbox(self) -> str:
        """Where they say that they can be written to."""
        return self.answers.get("email", "")

    def parts(self, language: str) -> tuple[Part, ...]:
        """A text with what they said of themselves, then their question."""
        labels = _LABELS[nearest(language)]
        said = {**self.answers, "consent": self.consent}
        about = "\n".join(f"{label}{said[name]}" for name, label in labels.items() if said.get(name))
        return tuple(Text(words) for words in (about, self.answers.get("question", "")) if words)


NOTHING_ASKED = Questions((), required=False, consent="")
UNASKED = Form({}, "")


def read_form(questions: Questions, found: object) -> Form:
    """Read a visitor's answers to these questions. Raises `PayloadUnreadable`."""
    if not isinstance(found, dict):
        raise PayloadUnreadable("an unreadable form")
    # What was asked may have changed since the page was loaded: nothing that was answered is lost.
    answers = {name: _answer(name, found) for name in FIELDS}
    if questions.required and not all(answers[name] for name in questions.fields):
        raise PayloadUnreadable("a form with an empty field")
    if questions.consent and found.get("consent") is not True:
        raise PayloadUnreadable("a form without consent")
    return Form(answers, questions.consent)


def _answer(name: str, found: Mapping[str, Any]) -> str:
    said = found.get(name, "")
    if not isinstance(said, str) or len(said) > LIMITS[name]:
        raise PayloadUnreadable(f"an unreadable {name}")
    said = said.replace("\0", "").strip()
    if name != "question":
        said = " ".join(said.split())
    reader = _READERS.get(name)
    if said and reader and not (said := reader(said)):
        raise PayloadUnreadable(f"an unreadable {name}")
    return said
