"""The first rules of an installation: put into force with its first queue, and edited like all others."""

from collections.abc import Sequence
from datetime import datetime

from conversations.ids import QueueId, RuleId
from routing.rulebook.words import COMPLAINT, PERSON
from storage import queues, rules
from storage.database import Transaction
from storage.rules import RuleBook, RuleRow


def first_rules(service: QueueId, complaints: QueueId) -> Sequence[RuleRow]:
    """Complaints are served sooner and count as such; who asks for a person gets one sooner; then everybody else."""
    return (
        RuleRow(
            id=RuleId("complaints"),
            name="投诉 Complaints",
            conditions={"word_list": [COMPLAINT]},
            actions={"queue": complaints, "priority": 3, "category": "投诉"},
        ),
        RuleRow(
            id=RuleId("a-person"),
            name="转人工 Wants a person",
            conditions={"word_list": [PERSON]},
            actions={"queue": service, "priority": 1},
        ),
        RuleRow(id=RuleId("everything-else"), name="其他 Everything else", actions={"queue": service}),
    )


def seed(transaction: Transaction, service: QueueId, complaints: QueueId, now: datetime) -> None:
    """Put them into force, unless somebody has saved rules already."""
    if rules.current(transaction.connection).number == 0:
        first = tuple(first_rules(service, complaints))
        rules.save(transaction, RuleBook(saved_at=now, author="system", reason="初始规则 The first rules", rules=first))


def add_queue(transaction: Transaction, name: str, now: datetime, actor: str) -> QueueId:
    """Make a queue; the first one gets the first rules."""
    is_first = not queues.listed(transaction.connection)
    queue_id = queues.add(transaction, name, now, actor)
    if is_first:
        seed(transaction, queue_id, queue_id, now)
    return queue_id
