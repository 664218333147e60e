"""Reasons: why something happened, told in a sentence that every screen can say in its own language."""

from collections.abc import Mapping
from typing import Self


class Reason(str):
    """A sentence with its `{values}` filled in, which remembers both.

    Use it like the text it is; a translation is looked up by `sentence`.
    """

    sentence: str
    values: Mapping[str, object]

    def __new__(cls, sentence: str, **values: object) -> Self:
        made = super().__new__(cls, sentence.format(**values))
        made.sentence = sentence
        made.values = values
        return made


def to_translate(reason: str) -> dict[str, object]:
    """What an event keeps so that its reason can be translated; nothing for a text as it is."""
    return {"sentence": reason.sentence, "values": reason.values} if isinstance(reason, Reason) else {}
