"""Reasons: why something happened, told in a sentence that every screen can say in its own language."""

from collections.abc import Mapping, Sequence
from typing import Self


class Reason(str):
    """A sentence with its `{values}` filled in, which remembers both.

    Use it like the text it is; a translation is looked up by `sentence`. `steps` are the reasons that came before.
    """

    sentence: str
    values: Mapping[str, object]
    steps: Sequence["Reason"] = ()

    def __new__(cls, sentence: str, **values: object) -> Self:
        made = super().__new__(cls, sentence.format(**values))
        made.sentence = sentence
        made.values = values
        return made

    def after(self, steps: Sequence["Reason"]) -> "Reason":
        """The same reason, told after others that led to it."""
        made = str.__new__(Reason, "; ".join((*steps, self)))
        made.sentence, made.values, made.steps = self.sentence, self.values, tuple(steps)
        return made


def to_translate(reason: str) -> dict[str, object]:
    """What an event keeps so that its reason can be translated; nothing for a text as it is."""
    if not isinstance(reason, Reason):
        return {}
    told: dict[str, object] = {"sentence": reason.sentence, "values": reason.values}
    return told | {"steps": [to_translate(step) for step in reason.steps]} if reason.steps else told
