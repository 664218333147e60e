"""Reasons are texts that can be translated."""

from conversations.reasons import Reason, to_translate


def test_a_reason_is_the_sentence_with_its_values() -> None:
    reason = Reason('rule "{rule}", load {load}', rule="{VIP}", load=0.5)
    assert reason == 'rule "{VIP}", load 0.5'
    assert to_translate(reason) == {
        "sentence": 'rule "{rule}", load {load}',
        "values": {"rule": "{VIP}", "load": 0.5},
    }


def test_of_a_text_as_it_is_nothing_is_kept() -> None:
    assert to_translate("connection lost") == {}
