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


def test_a_reason_tells_what_came_before_it() -> None:
    steps = (Reason("manager away"), Reason("deputy busy"))
    reason = Reason("load {load}", load=2).after(steps)
    assert reason == "manager away; deputy busy; load 2"
    assert to_translate(reason) == {
        "sentence": "load {load}",
        "values": {"load": 2},
        "steps": [{"sentence": "manager away", "values": {}}, {"sentence": "deputy busy", "values": {}}],
    }
