"""Differences between two versions of the rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from conversations.ids import RuleId
from routing.rulebook.rules import word_lists
from storage.rules import RuleBook, RuleRow


class Change(StrEnum):
    """What can happen to a rule from one version to another."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    WORDS = "words"


@dataclass(frozen=True)
class Difference:
    """One of them. `name` is the rule's or the word list's; `parts` are what changed in it, or the words."""

    change: Change
    name: str
    parts: tuple[str, ...] = ()


def differences(before: RuleBook, after: RuleBook) -> list[Difference]:
    """Everything that is not the same: rules as they stand in `after`, then those that are gone, then words."""
    return [*_of_rules(before, after), *_of_words(before, after)]


def _of_rules(before: RuleBook, after: RuleBook) -> Iterator[Difference]:
    old, new = ({row.id: row for row in book.rules} for book in (before, after))
    stayed = _stayed(list(old), list(new))
    for rule_id, row in new.items():
        if rule_id not in old:
            yield Difference(Change.ADDED, row.name)
            continue
        if parts := _parts(old[rule_id], row):
            yield Difference(Change.CHANGED, row.name, parts)
        if rule_id not in stayed:
            yield Difference(Change.MOVED, row.name)
    for rule_id, row in old.items():
        if rule_id not in new:
            yield Difference(Change.REMOVED, row.name)


def _stayed(before: list[RuleId], after: list[RuleId]) -> set[RuleId]:
    """Those that are in the same order in both lists; the fewest possible count as moved."""
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return {rule_id for block in blocks for rule_id in before[block.a : block.a + block.size]}


def _parts(old: RuleRow, new: RuleRow) -> tuple[str, ...]:
    named = ("name",) if old.name != new.name else ()
    pairs = ((old.conditions, new.conditions), (old.actions, new.actions))
    found = (
        name for one, other in pairs for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)
    )
    return (*named, *found)


def _of_words(before: RuleBook, after: RuleBook) -> Iterator[Difference]:
    old, new = word_lists(before), word_lists(after)
    for name in new:
        added = [f"+{word}" for word in new[name] if word not in old.get(name, ())]
        removed = [f"−{word}" for word in old.get(name, ()) if word not in new[name]]
        if added or removed:
            yield Difference(Change.WORDS, name, (*added, *removed))
