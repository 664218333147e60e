"""The faults of machines that were reported in conversations."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from conversations.faults import Fault, Report, Urgency
from conversations.ids import ConversationId, FaultId, UserId
from storage.database import Transaction
from storage.lookups import Lookup
from storage.tables import faults


def add(transaction: Transaction, report: Report) -> None:
    """Write down a fault."""
    transaction.connection.execute(insert(faults).values(**vars(report)))


def change(transaction: Transaction, report_id: FaultId, values: Mapping[str, object]) -> None:
    """Write some columns of a fault."""
    transaction.connection.execute(update(faults).where(faults.c.id == report_id).values(**values))


_OF_CONVERSATION = Lookup(
    select(faults).where(faults.c.conversation_id == bindparam("conversation")).order_by(faults.c.id)
)


def of_conversation(connection: Connection, conversation_id: ConversationId) -> list[Report]:
    """The faults that were reported in a conversation, in the order in which they were."""
    return list(map(_report, _OF_CONVERSATION.named(connection, conversation=conversation_id)))


def unsettled(connection: Connection, conversation_id: ConversationId) -> list[Report]:
    """Those of them that somebody still has to settle."""
    return [each for each in of_conversation(connection, conversation_id) if each.settled_at is None]


def settle_all(transaction: Transaction, conversation_id: ConversationId, by: UserId, now: datetime) -> None:
    """With its conversation every fault is settled."""
    transaction.connection.execute(
        update(faults)
        .where(faults.c.conversation_id == conversation_id, faults.c.settled_at.is_(None))
        .values(settled_at=now, settled_by=by)
    )


def _report(fields: dict[str, Any]) -> Report:
    known = {"fault": Fault(fields["fault"]), "urgency": Urgency(fields["urgency"])}
    return Report(**fields | known)
