"""Machines, and who answers for them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, exists, insert, select, update

from conversations.events import Event, EventKind
from conversations.faults import Machine, Site
from conversations.ids import MachineId
from storage.database import Transaction
from storage.lookups import Lookup
from storage.tables import machines

_LISTED = Lookup(select(machines).order_by(machines.c.name))


def listed(connection: Connection) -> list[Machine]:
    """Every machine by name."""
    return [Machine(**fields | {"site": Site(fields["site"])}) for fields in _LISTED.named(connection)]


def in_use(connection: Connection) -> list[Machine]:
    """Those of which faults are reported, by name."""
    return [each for each in listed(connection) if each.retired_at is None]


def get(connection: Connection, machine_id: MachineId) -> Machine | None:
    """One machine, or None."""
    return next((each for each in listed(connection) if each.id == machine_id), None)


def put(transaction: Transaction, new: Machine, now: datetime, actor: str) -> None:
    """Write down a machine, or who answers for it from now on."""
    run, values = transaction.connection.execute, {**vars(new)}
    # Whether it is in use is said with a reason, by `set_retired`.
    del values["retired_at"]
    if not run(update(machines).where(machines.c.id == new.id).values(**values)).rowcount:
        run(insert(machines).values(**values))
    told: dict[str, object] = {"site": new.site, "queue_id": new.queue_id, "calendar_id": new.calendar_id}
    _tell(transaction, new.id, f"machine {new.name}", told, now, actor)


def set_retired(
    transaction: Transaction, machine: Machine, retired_at: datetime | None, now: datetime, actor: str, reason: str
) -> None:
    """Take a machine out of use, or back into it; what history says of it stays."""
    transaction.connection.execute(update(machines).where(machines.c.id == machine.id).values(retired_at=retired_at))
    _tell(transaction, machine.id, reason, {"name": machine.name, "retired_at": retired_at}, now, actor)


def keeps(connection: Connection, queue_or_calendar: str) -> bool:
    """Whether a machine names this queue or calendar."""
    named = (machines.c.queue_id == queue_or_calendar) | (machines.c.calendar_id == queue_or_calendar)
    return bool(connection.execute(select(exists(machines.select().where(named)))).scalar_one())


def _tell(
    transaction: Transaction, machine_id: MachineId, reason: str, data: Mapping[str, object], now: datetime, actor: str
) -> None:
    transaction.emit(
        Event(kind=EventKind.SETUP_CHANGED, at=now, actor=actor, subject_id=machine_id, reason=reason, data=data)
    )
