"""The roster: who is to work when, planned by supervisors. A week that goes over the limits needs a reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.clock import Clock
from conversations.ids import QueueId, ShiftId
from conversations.people import Role, User
from conversations.shifts import RosterRules, Shift, clash, monday_of
from desk.errors import NotFound
from desk.presence import day_in
from routing.roster import OverLimits, Row, breaks_of, check, hours_of, read_rows
from storage import breaks, people, shifts
from storage.database import Connection, Database, Transaction

WEEK = timedelta(days=7)

_AROUND = timedelta(days=8)
"""How far from a shift another one of the same week can be."""


@dataclass(frozen=True)
class RosterWeek:
    """What is planned for a week from `monday` on, for everybody who may be planned."""

    monday: date
    people: Sequence[User]
    shifts: Sequence[Shift]
    rules: RosterRules


class Roster:
    """Who is to work when. Days and hours are those of `zone`."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self.zone = zone

    async def week(self, viewer: User, day: date) -> RosterWeek:
        """The week of a day: one's own shifts, or everybody's for who may see everybody."""
        return await self._database.read(self._week, viewer, monday_of(day))

    async def shift(self, shift_id: ShiftId) -> Shift:
        """One shift. Raises `NotFound`."""
        return await self._database.read(_found, shift_id)

    async def plan(self, by: User, rows: Sequence[Row], reason: str = "") -> list[Shift]:
        """Plan all of these shifts, or none. Raises `RosterWrong`, and without a reason `OverLimits`."""

        def wanted(transaction: Transaction) -> list[Shift]:
            known = {user.login: user.id for user in _planned_people(transaction.connection)}
            return read_rows(rows, known, self.zone)

        return await self._database.write(self._add, by, wanted, reason)

    async def copy_week(self, by: User, day: date, reason: str = "") -> list[Shift]:
        """Plan the week before once more, but for shifts at whose time there is one. Raises `OverLimits`."""
        start, end = self._bounds(monday_of(day) - WEEK)

        def wanted(transaction: Transaction) -> list[Shift]:
            known = {user.id for user in _planned_people(transaction.connection)}
            last = shifts.between(transaction.connection, start, end)
            begun = [each for each in last if each.since >= start and each.user_id in known]
            return self._without_clash(transaction.connection, [self._later(each) for each in begun])

        return await self._database.write(self._add, by, wanted, reason)

    async def change(self, by: User, shift_id: ShiftId, row: Row, reason: str = "") -> Shift:
        """Plan a shift anew, for the same person. Raises as `plan` does, and `NotFound`."""

        def change(transaction: Transaction) -> Shift:
            before = _found(transaction.connection, shift_id)
            (read,) = read_rows([replace(row, login="")], {"": before.user_id}, self.zone)
            after = replace(read, id=shift_id, note=reason)
            self._check(transaction, [after], reason)
            shifts.replace(transaction, after, self._clock(), by.id, reason)
            return after

        return await self._database.write(change)

    async def remove(self, by: User, shift_id: ShiftId, reason: str = "") -> None:
        """Take a shift out of the roster. Raises `NotFound`."""

        def remove(transaction: Transaction) -> None:
            shifts.remove(transaction, _found(transaction.connection, shift_id), self._clock(), by.id, reason)

        await self._database.write(remove)

    async def set_rules(self, by: User, rules: RosterRules, on_break: Mapping[QueueId, int]) -> None:
        """Set what the roster keeps to, and how many of these queues may be on a break at a time."""

        def set_all(transaction: Transaction) -> None:
            now = self._clock()
            shifts.set_rules(transaction, rules, now, by.id)
            breaks.set_limits(transaction, on_break, now, by.id)

        await self._database.write(set_all)

    def _week(self, connection: Connection, viewer: User, monday: date) -> RosterWeek:
        own = viewer.id if viewer.role is Role.AGENT else None
        found = shifts.between(connection, *self._bounds(monday), own)
        begun = [each for each in found if each.day(self.zone) >= monday]
        planned = {each.user_id for each in begun}
        shown = [
            user
            for user in people.listed(connection)
            if own in (None, user.id) and (user.enabled or user.id in planned)
        ]
        return RosterWeek(monday, shown, begun, shifts.rules(connection))

    def _add(
        self, transaction: Transaction, by: User, wanted: Callable[[Transaction], Sequence[Shift]], reason: str
    ) -> list[Shift]:
        planned = [replace(each, note=reason) for each in wanted(transaction)]
        self._check(transaction, planned, reason)
        shifts.add(transaction, planned, self._clock(), by.id, reason)
        return planned

    def _check(self, transaction: Transaction, wanted: Sequence[Shift], reason: str) -> None:
        # Whoever plans for the same people in the same moment is waited for: their shifts are looked at too.
        planned = people.held(transaction, {each.user_id for each in wanted})
        others = self._around(transaction.connection, wanted)
        names = {user.id: user.name for user in planned.values()}
        try:
            check(wanted, others, names, shifts.rules(transaction.connection), self.zone)
        except OverLimits:
            if not reason:
                raise

    def _around(self, connection: Connection, wanted: Sequence[Shift]) -> list[Shift]:
        """What else is planned in the weeks of these shifts."""
        if not wanted:
            return []
        start = min(each.since for each in wanted) - _AROUND
        end = max(each.until for each in wanted) + _AROUND
        mine = {each.id for each in wanted}
        return [each for each in shifts.between(connection, start, end) if each.id not in mine]

    def _without_clash(self, connection: Connection, wanted: Sequence[Shift]) -> list[Shift]:
        others = self._around(connection, wanted)
        return [each for each in wanted if not clash(each, others)]

    def _later(self, shift: Shift) -> Shift:
        """The same by the clock on the wall, a week later; the seasons may change it."""
        day = (shift.day(self.zone) + WEEK).isoformat()
        row = Row("", day, hours_of(shift, self.zone), breaks_of(shift, self.zone))
        (later,) = read_rows([row], {"": shift.user_id}, self.zone)
        return later

    def _bounds(self, monday: date) -> tuple[datetime, datetime]:
        start, _ = day_in(self.zone, monday)
        return start, day_in(self.zone, monday + WEEK)[0]


def _planned_people(connection: Connection) -> list[User]:
    return [user for user in people.listed(connection) if user.enabled]


def _found(connection: Connection, shift_id: ShiftId) -> Shift:
    found = shifts.get(connection, shift_id)
    if found is None:
        raise NotFound("There is no such shift.")
    return found
