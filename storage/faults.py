"""The faults of machines that were reported in conversations."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from conversations.faults import Fault, Report, Urgency
from conversations.ids import ConversationId, FaultId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import faults


def add(transaction: Transaction, report: Report) -> None:
    """Write down a fault."""
    transaction.connection.execute(insert(faults).values(**vars(report)))


def change(transaction: Transaction, report_id: FaultId, values: Mapping[str, object]) -> None:
    """Write some columns of a fault."""
    transaction.connection.execute(update(faults).where(faults.c.id == report_id).values(**values))


def of_conversation(connection: Connection, conversation_id: ConversationId) -> Report | None:
    """The fault that was reported in a conversation, or None."""
    row = connection.execute(select(faults).where(faults.c.conversation_id == conversation_id)).one_or_none()
    return None if row is None else _report(fields_of(row))


def _report(fields: dict[str, Any]) -> Report:
    known = {"fault": Fault(fields["fault"]), "urgency": Urgency(fields["urgency"])}
    return Report(**fields | known)
