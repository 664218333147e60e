"""Rules and the facts that they look at, of which a test names only what it is about."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from conversations.ids import AccountId, QueueId, RuleId, UserId
from routing.clocks.calendars import Calendar
from routing.rulebook.facts import Facts
from routing.rulebook.problems import Known
from routing.rulebook.rules import Rule, read_rules
from storage.rules import RuleBook, RuleRow
from tests.support.builders import NOW

WEEKDAYS = (((time(9), time(18)),),) * 5 + ((), ())

KNOWN = Known(
    names={
        "account": ("shop", "club"),
        "kind": ("wechat", "email"),
        "queue": ("care", "sales"),
        "person": ("ann", "ben"),
        "calendar": ("shanghai",),
    },
    calendars={"shanghai": Calendar(name="Shanghai", zone=ZoneInfo("Asia/Shanghai"), week=WEEKDAYS)},
)

DAY = timedelta(days=1)


def row(
    name: str = "rule", queue: str = "care", actions: dict[str, object] | None = None, **conditions: object
) -> RuleRow:
    """A rule as it is written; what is not named are its conditions."""
    return RuleRow(id=RuleId(name), name=name, conditions=conditions, actions={"queue": queue, **(actions or {})})


def rules_of(*rows: RuleRow, **words: list[str]) -> list[Rule]:
    """The rules that these rows mean."""
    rules, problems = read_rules(RuleBook(rules=rows, words=words), KNOWN)
    assert problems == []
    return rules


def facts(**changes: Any) -> Facts:
    """A customer who was here before and asks for a refund."""
    fields: dict[str, Any] = {
        "account_id": AccountId("shop"),
        "at": NOW,
        "kind": "wechat",
        "language": "zh-CN",
        "text": "我要退款, refund please",
        "source": "https://shop.example/loans/Car?from=ad",
        "segment": "gold",
        "tags": frozenset(("regulator", "elderly")),
        "manager_id": UserId("ann"),
        "earlier": (NOW - DAY, NOW - 7 * DAY, NOW - 8 * DAY),
        "last_score": 2,
        "previous_queue_id": QueueId("sales"),
        "previous_category": "投诉",
    }
    return Facts(**(fields | changes))
