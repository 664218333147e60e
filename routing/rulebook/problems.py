"""Problems: what is wrong with a list of rules, in words for the supervisor who wrote it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from routing.clocks.calendars import Calendar


@dataclass(frozen=True)
class Problem:
    """One thing to mend: a sentence with its `{values}`, which the screen translates.

    `rule` is the place in the list from 0, None when it is about the whole; `part` names the condition or the action.
    """

    sentence: str
    values: Mapping[str, str] = field(default_factory=dict)
    rule: int | None = None
    part: str = ""

    def __str__(self) -> str:
        return self.sentence.format(**self.values)


class Wrong(Exception):
    """What somebody wrote cannot be meant; holds the sentence with its values."""

    def __init__(self, sentence: str, **values: str) -> None:
        super().__init__(sentence.format(**values))
        self.sentence = sentence
        self.values = values


@dataclass(frozen=True)
class Known:
    """What there is to choose from: ids or names by `account`, `kind`, `queue`, `person`, `calendar`, `list`."""

    names: Mapping[str, Collection[str]]
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
