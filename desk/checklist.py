"""Before a shift: what everybody checks and ticks off, each with its time (岗前检查)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.clock import Clock
from conversations.ids import UserId
from conversations.people import User
from desk.errors import Refused
from storage import checklists, people
from storage.database import Connection, Database, Transaction

FRESH = timedelta(hours=12)
"""For how long something that was checked need not be checked again: longer than a shift, shorter than a night."""

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Check:
    """Something to check, and when the person did; None is not yet."""

    item: str
    at: datetime | None


class Checklist:
    """What is to be checked."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, user_id: UserId) -> list[Check]:
        """What somebody has to check, and what they have checked for this shift."""
        return await self._database.read(_checks, user_id, self._clock())

    async def tick(self, user: User, item: str) -> None:
        """Note that it was checked now; once is enough. Raises `Refused`."""
        await self._database.write(_tick, user.id, item, self._clock())

    async def set_items(self, by: User, wanted: Sequence[str]) -> None:
        """Say what there is to check. Raises `Refused`."""
        if len(set(wanted)) < len(wanted):
            raise Refused("Something is on the list twice.")
        await self._database.write(checklists.set_items, wanted, self._clock(), by.id)


def _checks(connection: Connection, user_id: UserId, now: datetime) -> list[Check]:
    ticked = checklists.ticks(connection, now - FRESH, now + _MOMENT, user_id)
    moments = {each.item: each.at for each in ticked.get(user_id, ())}
    return [Check(item, moments.get(item)) for item in checklists.items(connection)]


def _tick(transaction: Transaction, user_id: UserId, item: str, now: datetime) -> None:
    people.held(transaction, [user_id])
    found = {each.item: each for each in _checks(transaction.connection, user_id, now)}
    if item not in found:
        raise Refused("This is not on the list any more.")
    if found[item].at is None:
        checklists.tick(transaction, user_id, item, now)
