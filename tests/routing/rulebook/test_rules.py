"""Rules lead a conversation into the queue of the first one that matches."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conversations.ids import RuleId
from routing.rulebook.rules import first_match, read_rules
from routing.rulebook.words import SHIPPED
from storage.rules import RuleBook, RuleRow
from tests.support.rule_rows import KNOWN, facts, row, rules_of


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ({}, True),
        ({"account": ["shop"]}, True),
        ({"account": ["club", "shop"]}, True),
        ({"account": ["club"]}, False),
        ({"kind": ["email", "wechat"]}, True),
        ({"kind": ["email"]}, False),
        ({"language": ["zh"]}, True),
        ({"language": ["ZH-cn"]}, True),
        ({"language": ["zh-TW"]}, False),
        ({"language": ["z"]}, False),
        ({"segment": ["silver", "gold"]}, True),
        ({"segment": ["silver"]}, False),
        ({"tag": ["regulator"]}, True),
        ({"tag": ["vip"]}, False),
        ({"manager": ["ann"]}, True),
        ({"manager": ["ben"]}, False),
        ({"words": ["refund"]}, True),
        ({"account": ["shop"], "words": ["refund"]}, True),
        ({"account": ["shop"], "words": ["invoice"]}, False),
        ({"source": ["/loans/car"]}, True),
        ({"source": ["/cards"]}, False),
        ({"score": {"from": 1, "to": 2}}, True),
        ({"score": {"from": 3, "to": 5}}, False),
        ({"repeat": {"times": 2, "days": 1}}, True),
        ({"repeat": {"times": 3, "days": 7}}, True),
        ({"repeat": {"times": 4, "days": 7}}, False),
        ({"previous_queue": ["sales"]}, True),
        ({"previous_queue": ["care"]}, False),
        ({"previous_category": ["咨询", "投诉"]}, True),
        ({"previous_category": ["咨询"]}, False),
    ],
)
def test_all_conditions_must_hold_and_one_value_of_each_is_enough(conditions: dict[str, Any], matches: bool) -> None:
    (rule,) = rules_of(row(**conditions))
    assert rule.matches(facts()) is matches


def test_business_hours_are_those_of_a_calendar_when_the_conversation_began() -> None:
    """Shanghai is eight hours ahead: 01:00 UTC is 9 in the morning there. 2026-11-20 is a Friday."""
    closed, opened = rules_of(
        row("closed", hours={"calendar": "shanghai", "open": False}),
        row("open", hours={"calendar": "shanghai", "open": True}),
    )
    at_nine = datetime(2026, 11, 20, 1, tzinfo=UTC)
    for at, rule in (
        (at_nine, opened),
        (at_nine - timedelta(seconds=1), closed),
        (at_nine + timedelta(days=1), closed),
    ):
        assert first_match([closed, opened], facts(at=at)) is rule


def test_who_was_never_here_has_no_score_and_no_queue() -> None:
    rules = rules_of(row("score", score={"from": 1, "to": 5}), row("queue", previous_queue=["care", "sales"]))
    assert first_match(rules, facts(last_score=None, previous_queue_id=None)) is None


def test_the_first_rule_that_matches_wins_and_the_others_are_not_asked() -> None:
    rules = rules_of(row("e-mail", kind=["email"]), row("Chinese", language=["zh"]), row("all"))
    assert [first_match(rules, each) for each in (facts(), facts(language="en"))] == rules[1:]
    assert first_match(rules[:2], facts(language="en")) is None


def test_a_rule_says_everything_that_is_to_be_done() -> None:
    actions = {
        "priority": 5,
        "skill": {"name": "loans", "level": 3},
        "category": "complaint",
        "tags": ["angry"],
        "reply": {"en": "We will be with you in a minute."},
    }
    (rule,) = rules_of(row(actions=actions))
    outcome = rule.outcome
    assert (outcome.queue_id, outcome.priority, outcome.category, outcome.tags) == ("care", 5, "complaint", ("angry",))
    assert (outcome.skill, outcome.skill_level) == ("loans", 3)
    assert outcome.reply == {"en": "We will be with you in a minute."}


@pytest.mark.parametrize("text", ["我要投诉", "再这样我找银保监会", "打12378", "I will COMPLAIN", "call the ombudsman"])
def test_words_of_complaints_are_shipped(text: str) -> None:
    (rule,) = rules_of(row(word_list=["complaint"]))
    assert rule.matches(facts(text=text))


@pytest.mark.parametrize("text", ["转人工", "给我人工客服！", "an agent please", "HUMAN"])
def test_whoever_asks_for_a_person_is_understood(text: str) -> None:
    (rule,) = rules_of(row(word_list=["person"]))
    assert rule.matches(facts(text=text))
    assert not rule.matches(facts(text="你们用人工智能吗"))


def test_edited_words_stand_in_place_of_the_shipped_ones() -> None:
    (rule,) = rules_of(row(word_list=["complaint"]), complaint=["difficult"])
    assert rule.matches(facts(text="a difficult matter"))
    assert not rule.matches(facts(text="我要投诉"))
    assert "投诉" in SHIPPED["complaint"]


def test_every_problem_is_told_at_once_and_the_other_rules_go_on() -> None:
    broken = row(
        "",
        "gone",
        {"priority": 10, "skill": {"name": " ", "level": 1}, "case": True, "reply": {"fr": "oui"}},
        acount=["shop"],
        kind="wechat",
        language=[7],
        words=[" "],
        account=["old shop"],
        score={"from": 4, "to": 2},
        repeat={"times": 1, "days": 7},
        hours={"calendar": "gone", "open": True},
    )
    sound = row("sound")
    rules, problems = read_rules(RuleBook(rules=(broken, sound, row("sound"))), KNOWN)
    assert [rule.name for rule in rules] == ["sound", "sound"]
    assert [(each.rule, each.part, str(each)) for each in problems] == [
        (2, "name", "There is another rule with this name above."),
        (0, "name", "Give the rule a name."),
        (0, "acount", "This version knows no condition “acount”. Take it away."),
        (0, "kind", "This must be a list of texts."),
        (0, "language", "This must be a list of texts."),
        (0, "words", "Fill this in or take it away."),
        (0, "account", "“old shop” does not exist any more. Choose another one."),
        (0, "score", "This must be a whole number from 4 to 5."),
        (0, "repeat", "This must be a whole number from 2 to 100."),
        (0, "hours", "“gone” does not exist any more. Choose another one."),
        (0, "queue", "“gone” does not exist any more. Choose another one."),
        (0, "priority", "This must be a whole number from 1 to 9."),
        (0, "skill", "Fill this in or take it away."),
        (0, "case", "This version knows no action “case”. Take it away."),
        (0, "reply", "Write the reply in at least one of our languages."),
    ]


def test_a_rule_needs_a_queue_and_a_list_that_holds_words() -> None:
    rows = (RuleRow(id=RuleId("1"), name="1"), row("2", word_list=["complaint"]))
    _, problems = read_rules(RuleBook(rules=rows, words={"complaint": []}), KNOWN)
    assert [(each.rule, each.part) for each in problems] == [(0, "queue"), (1, "word_list")]
