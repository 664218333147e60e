"""Machines: which are in use. History names them, so that none is ever thrown away."""

from datetime import datetime

from conversations.clock import Clock
from conversations.ids import MachineId
from conversations.people import User
from desk.errors import NotFound, Refused
from desk.reasons import demanded
from storage import machines
from storage.database import Database, Transaction


class Machines:
    """Taking out of use and back into it, each with its reason."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def retire(self, by: User, machine_id: MachineId, reason: str) -> None:
        """From now on nobody reports a fault of it; those that run go on. Raises `NotFound` and `Refused`."""
        now = self._clock()
        await self._database.write(_set, by, machine_id, now, demanded(reason), now)

    async def restore(self, by: User, machine_id: MachineId, reason: str) -> None:
        """It is in use again. Raises `NotFound` and `Refused`."""
        await self._database.write(_set, by, machine_id, None, demanded(reason), self._clock())


def _set(
    transaction: Transaction, by: User, machine_id: MachineId, retired_at: datetime | None, reason: str, now: datetime
) -> None:
    machine = machines.get(transaction.connection, machine_id)
    if machine is None:
        raise NotFound("There is no such machine.")
    if (machine.retired_at is None) == (retired_at is None):
        raise Refused("This is so already.")
    machines.set_retired(transaction, machine, retired_at, now, by.id, reason)
