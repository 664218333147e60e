"""Machines with who answers for them, and the faults that were reported of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, insert, select, update

from conversations.events import Event, EventKind
from conversations.faults import Fault, Machine, Report, Site, Urgency
from conversations.ids import ConversationId, FaultId, MachineId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import faults, machines


def listed(connection: Connection) -> list[Machine]:
    """Every machine by name."""
    rows = connection.execute(select(machines).order_by(machines.c.name))
    return [Machine(**fields | {"site": Site(fields["site"])}) for fields in map(fields_of, rows)]


def machine(connection: Connection, machine_id: MachineId) -> Machine | None:
    """One machine, or None."""
    return next((each for each in listed(connection) if each.id == machine_id), None)


def put(transaction: Transaction, new: Machine, now: datetime, actor: str) -> None:
    """Write down a machine, or who answers for it from now on."""
    run, values = transaction.connection.execute, vars(new)
    if not run(update(machines).where(machines.c.id == new.id).values(**values)).rowcount:
        run(insert(machines).values(**values))
    told = {"site": new.site, "queue_id": new.queue_id, "calendar_id": new.calendar_id}
    reason = f"machine {new.name}"
    transaction.emit(
        Event(kind=EventKind.SETUP_CHANGED, at=now, actor=actor, subject_id=new.id, reason=reason, data=told)
    )


def keeps(connection: Connection, queue_or_calendar: str) -> bool:
    """Whether a machine names this queue or calendar."""
    named = (machines.c.queue_id == queue_or_calendar) | (machines.c.calendar_id == queue_or_calendar)
    return bool(connection.execute(select(exists(machines.select().where(named)))).scalar_one())


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
