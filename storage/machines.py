"""Machines, and who answers for them."""

from datetime import datetime

from sqlalchemy import Connection, exists, insert, select, update

from conversations.events import Event, EventKind
from conversations.faults import Machine, Site
from conversations.ids import MachineId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import machines


def listed(connection: Connection) -> list[Machine]:
    """Every machine by name."""
    rows = connection.execute(select(machines).order_by(machines.c.name))
    return [Machine(**fields | {"site": Site(fields["site"])}) for fields in map(fields_of, rows)]


def get(connection: Connection, machine_id: MachineId) -> Machine | None:
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
