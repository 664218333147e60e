"""Rules lead a conversation into the queue of the first one that matches."""

from typing import Any

import pytest

from conversations.ids import AccountId, QueueId, RuleId
from routing.rules import Entry, InvalidConditions, first_match, problems_of, read_rule
from storage.queues import RuleRow


def row(name: str, **conditions: object) -> RuleRow:
    return RuleRow(RuleId(name), 1, name, conditions, QueueId(f"queue of {name}"))


def entry(**changes: Any) -> Entry:
    fields = {"account_id": AccountId("shop"), "kind": "wechat", "language": "zh-CN", "text": "我要退款, refund please"}
    return Entry(**(fields | changes))


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
        ({"words": ["refund"]}, True),
        ({"account": ["shop"], "words": ["refund"]}, True),
        ({"account": ["shop"], "words": ["invoice"]}, False),
    ],
)
def test_all_conditions_must_hold_and_one_value_of_each_is_enough(conditions: dict[str, object], matches: bool) -> None:
    rule = read_rule(row("rule", **conditions))
    assert rule.matches(entry()) is matches


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("refund", "A REFUND, please", True),
        ("refund", "refunds", False),
        ("refund", "prefund", False),
        ("refund", "refund_2", False),
        ("refund", "我要refund谢谢", True),
        ("refund", "ｒｅｆｕｎｄ", True),
        ("STRASSE", "straße", True),
        ("退款", "我要退款谢谢", True),
        ("退款", "退货款", False),
        ("VIP客户", "我是VIP客户吗", True),
        ("VIP客户", "xVIP客户", False),
        ("c++", "I love C++.", True),
        ("12378", "打12378投诉", True),
        ("12378", "912378", False),
        (".", "no full stop", False),
    ],
)
def test_words_are_whole_words_and_chinese_is_found_anywhere(word: str, text: str, found: bool) -> None:
    rule = read_rule(row("words", words=[word]))
    assert rule.matches(entry(text=text)) is found


def test_the_first_rule_that_matches_wins_and_gives_its_name_as_the_reason() -> None:
    rules = [
        read_rule(row("e-mail", kind=["email"])),
        read_rule(row("Chinese", language=["zh"])),
        read_rule(row("all")),
    ]
    assert first_match(rules, entry()) == ("queue of Chinese", 'rule "Chinese"')
    assert first_match(rules, entry(language="en")) == ("queue of all", 'rule "all"')
    assert first_match(rules[:2], entry(language="en")) is None


def test_every_problem_of_a_rule_is_told_at_once() -> None:
    conditions = {"acount": ["shop"], "kind": "wechat", "language": [7], "words": [" "], "account": []}
    assert problems_of(conditions) == [
        'There is no condition "acount".',
        '"kind" must be a list of texts.',
        '"language" must be a list of texts.',
        '"words" must not be empty.',
        '"account" must not be empty.',
    ]
    with pytest.raises(InvalidConditions, match='rule "typo": There is no condition "acount"'):
        read_rule(row("typo", acount=["shop"]))
