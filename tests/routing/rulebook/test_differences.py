"""What one version of the rules has that another has not."""

from dataclasses import replace

from routing.rulebook.differences import Change, Difference, differences
from storage.rules import RuleBook
from tests.support.rule_rows import row


def test_each_difference_is_told_by_the_name_of_its_rule() -> None:
    loans, refunds, rest = row("loans", words=["loan"]), row("refunds"), row("rest")
    changed = replace(loans, name="loans and cards", conditions={"words": ["loan", "card"]}, actions={"queue": "sales"})
    before = RuleBook(rules=(loans, refunds, rest))
    after = RuleBook(rules=(row("new"), rest, changed))
    assert differences(before, after) == [
        Difference(Change.ADDED, "new"),
        Difference(Change.MOVED, "rest"),
        Difference(Change.CHANGED, "loans and cards", ("name", "words", "queue")),
        Difference(Change.REMOVED, "refunds"),
    ]


def test_words_are_told_one_by_one() -> None:
    before, after = RuleBook(words={"person": ["人工", "human"]}), RuleBook(words={"person": ["人工", "真人"]})
    assert differences(before, after) == [Difference(Change.WORDS, "person", ("+真人", "−human"))]


def test_the_same_list_has_no_differences() -> None:
    book = RuleBook(rules=(row("loans"), row("rest")))
    assert differences(book, replace(book, number=7, reason="again")) == []
