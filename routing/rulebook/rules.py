"""Rules: an ordered list that leads a new conversation into a queue; the first that matches wins."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conversations.ids import RuleId
from routing.rulebook.actions import ACTIONS, Outcome
from routing.rulebook.conditions import CONDITIONS, Check
from routing.rulebook.facts import Facts
from routing.rulebook.problems import Known, Problem, Wrong
from routing.rulebook.words import SHIPPED, WordLists
from storage.rules import RuleBook, RuleRow

MOST_RULES = 200


@dataclass(frozen=True)
class Rule:
    """Has its outcome when all its checks hold; without any it catches everything."""

    id: RuleId
    name: str
    checks: tuple[Check, ...]
    outcome: Outcome

    def matches(self, facts: Facts) -> bool:
        """Whether every check holds."""
        return all(check(facts) for check in self.checks)


def word_lists(book: RuleBook) -> WordLists:
    """The lists that the rules of this version name: as edited, or else as shipped."""
    return {**SHIPPED, **{name: tuple(words) for name, words in book.words.items()}}


def read_rules(book: RuleBook, known: Known) -> tuple[list[Rule], list[Problem]]:
    """The rules that can be understood, in their order, and everything that is wrong with the others."""
    lists = word_lists(book)
    known = replace(known, names={**known.names, "list": [name for name, words in lists.items() if words]})
    problems = [*_problems_of_all(book), *_problems_of_lists(lists)]
    rules = []
    for place, row in enumerate(book.rules):
        wrong = list(_problems(row, place, known))
        problems += wrong
        if not wrong:
            rules.append(_rule(row, known, lists))
    return rules, problems


def first_match(rules: Iterable[Rule], facts: Facts) -> Rule | None:
    """The rule that decides; None when no rule does."""
    return next((rule for rule in rules if rule.matches(facts)), None)


def _problems_of_all(book: RuleBook) -> Iterator[Problem]:
    if len(book.rules) > MOST_RULES:
        yield Problem("There are more than {most} rules.", {"most": str(MOST_RULES)})
    names = [row.name.strip() for row in book.rules]
    for place, name in enumerate(names):
        if name and name in names[:place]:
            yield Problem("There is another rule with this name above.", rule=place, part="name")


def _problems_of_lists(lists: WordLists) -> Iterator[Problem]:
    for name, words in lists.items():
        if not all(word.strip() for word in words):
            yield Problem("A word list holds an empty word.", part=name)


def _problems(row: RuleRow, place: int, known: Known) -> Iterator[Problem]:
    if not row.name.strip():
        yield Problem("Give the rule a name.", rule=place, part="name")
    if "queue" not in row.actions:
        yield Problem("Choose the queue that this rule leads to.", rule=place, part="queue")
    for part, written, kinds in (("condition", row.conditions, CONDITIONS), ("action", row.actions, ACTIONS)):
        for name, value in written.items():
            if (wrong := _wrong(kinds, part, name, value, known)) is not None:
                yield Problem(wrong.sentence, wrong.values, rule=place, part=name)


def _wrong(kinds: Mapping[str, Any], part: str, name: str, value: object, known: Known) -> Wrong | None:
    if name not in kinds:
        return Wrong(_UNKNOWN[part], name=name)
    try:
        kinds[name].read(value, known)
    except Wrong as wrong:
        return wrong
    return None


_UNKNOWN = {
    "condition": "This version knows no condition “{name}”. Take it away.",
    "action": "This version knows no action “{name}”. Take it away.",
}


def _rule(row: RuleRow, known: Known, lists: WordLists) -> Rule:
    checks = [_check(name, value, known, lists) for name, value in row.conditions.items()]
    fields: dict[str, Any] = {}
    for name, value in row.actions.items():
        fields |= ACTIONS[name].read(value, known)
    return Rule(row.id, row.name, tuple(checks), Outcome(**fields))


def _check(name: str, value: object, known: Known, lists: WordLists) -> Check:
    condition = CONDITIONS[name]
    return condition.check(condition.read(value, known), lists)
