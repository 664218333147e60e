"""A trial counts what would have gone elsewhere, by the way it would have gone."""

from conversations.ids import ConversationId, QueueId
from routing.rulebook.trial import EXAMPLES, Trial
from tests.support.rule_rows import facts, row, rules_of


def test_what_would_have_moved_is_counted_by_its_way() -> None:
    before = rules_of(row("refunds", "sales", words=["refund"]), row("rest", "care", language=["zh"]))
    after = rules_of(row("refunds", "care", words=["refund"]), row("rest", "care", {"priority": 3}))
    trial = Trial(before, after)
    said = {"refund": 7, "你好": 2}
    trial.add({ConversationId(f"{text} {n}"): facts(text=text) for text, times in said.items() for n in range(times)})
    trial.add({ConversationId("hello"): facts(text="hello", language="en")})
    assert (trial.tried, trial.moved, trial.changed) == (10, 8, 2)
    assert trial.moves == {("sales", "care"): 7, (None, "care"): 1}
    assert trial.examples[QueueId("sales"), QueueId("care")] == [f"refund {n}" for n in range(EXAMPLES)]
    assert trial.examples[None, QueueId("care")] == ["hello"]
    assert trial.hits == {"refunds": 7, "rest": 3}
