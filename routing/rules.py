"""Rules: an ordered list that leads a new conversation into a queue; the first that matches wins."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from conversations.ids import AccountId, QueueId
from storage.queues import RuleRow


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a rule can look at: where a conversation came in, and what was said. `language` is BCP 47 or empty."""

    account_id: AccountId
    kind: str
    language: str
    text: str


Condition = Callable[[Entry], bool]


@dataclass(frozen=True)
class Rule:
    """Leads to a queue when all its conditions hold; without conditions it catches everything."""

    name: str
    queue_id: QueueId
    conditions: tuple[Condition, ...]

    def matches(self, entry: Entry) -> bool:
        """Whether every condition holds."""
        return all(condition(entry) for condition in self.conditions)


class InvalidConditions(Exception):
    """A rule's conditions cannot be read; the message lists every problem."""


def problems_of(conditions: Mapping[str, object]) -> list[str]:
    """Everything that is wrong with the conditions of a rule, as sentences; empty when it can be saved.

    Each condition is a list of texts, of which one must fit: `account` (ids), `kind` (of channel), `language`
    (BCP 47), `words`.
    """
    return [problem for name, wanted in conditions.items() if (problem := _problem(name, wanted))]


def read_rule(row: RuleRow) -> Rule:
    """The rule that a stored line means. Raises `InvalidConditions`."""
    if problems := problems_of(row.conditions):
        raise InvalidConditions(f'rule "{row.name}": {" ".join(problems)}')
    conditions = [_CONDITIONS[name](_texts(wanted)) for name, wanted in row.conditions.items()]
    return Rule(name=row.name, queue_id=row.queue_id, conditions=tuple(conditions))


def first_match(rules: Iterable[Rule], entry: Entry) -> tuple[QueueId, str] | None:
    """The queue of the first rule that matches, and the reason; None when no rule does."""
    found = next((rule for rule in rules if rule.matches(entry)), None)
    return None if found is None else (found.queue_id, f'rule "{found.name}"')


def _problem(name: str, wanted: object) -> str:
    if name not in _CONDITIONS:
        return f'There is no condition "{name}".'
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        return f'"{name}" must be a list of texts.'
    if not wanted or not all(map(str.strip, wanted)):
        return f'"{name}" must not be empty.'
    return ""


def _texts(wanted: object) -> list[str]:
    return [str(each).strip() for each in wanted] if isinstance(wanted, list) else []


def _account(wanted: list[str]) -> Condition:
    return lambda entry: entry.account_id in wanted


def _kind(wanted: list[str]) -> Condition:
    return lambda entry: entry.kind in wanted


def _language(wanted: list[str]) -> Condition:
    """`zh` fits `zh-CN` too; `zh-CN` fits itself only."""
    tags = [tag.lower() for tag in wanted]
    return lambda entry: any(f"{entry.language.lower()}-".startswith(f"{tag}-") for tag in tags)


def _words(wanted: list[str]) -> Condition:
    pattern = re.compile("|".join(map(_word, wanted)))
    return lambda entry: pattern.search(_folded(entry.text)) is not None


_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
"""Kana and Chinese characters: written without spaces, so that a word may begin and end anywhere."""

_LETTER = rf"[^\W{_UNSPACED}]"


def _word(word: str) -> str:
    """A whole word: no letter goes on before or after it, unless that is a Chinese one."""
    folded = _folded(word)
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, folded[0]) else ""
    after = rf"(?!{_LETTER})" if re.match(_LETTER, folded[-1]) else ""
    return before + re.escape(folded) + after


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


_CONDITIONS: dict[str, Callable[[list[str]], Condition]] = {
    "account": _account,
    "kind": _kind,
    "language": _language,
    "words": _words,
}
