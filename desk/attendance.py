"""Attendance: who kept to their shifts in a day or a week, and the time that nobody is to blame for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.attendance import LostTime, Record, record
from conversations.clock import Clock
from conversations.events import Event, EventKind
from conversations.ids import LostTimeId, UserId, new_id
from conversations.people import Role, User
from conversations.reasons import Reason, to_translate
from conversations.shifts import RosterRules, by_person, monday_of
from desk.errors import NotFound, Refused
from desk.presence import day_in
from desk.reasons import demanded
from desk.roster import WEEK
from storage import alerts, checklists, lost_times, people, shifts, states
from storage.checklists import Tick
from storage.database import Connection, Database, Transaction

_AROUND = timedelta(days=1)
"""How far from the period asked for the shifts that begin in it can reach, and the signing in before them."""


@dataclass(frozen=True)
class Report:
    """What became of the shifts that began in a period, and what was checked in it; `names` are everybody's.

    `lost` is what was lost in it, after all that waits for a decision.
    """

    records: Sequence[tuple[User, Record]]
    lost: Sequence[LostTime]
    names: Mapping[UserId, str]
    rules: RosterRules
    ticks: Mapping[UserId, Sequence[Tick]]


class Attendance:
    """Who was there when they were to be."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_day(self, viewer: User, day: date) -> Report:
        """A day of one's own, or of everybody for who may see everybody."""
        return await self._database.read(_report, viewer, *day_in(ZoneInfo(viewer.time_zone), day), self._clock())

    async def of_week(self, viewer: User, day: date) -> Report:
        """The same for the week of a day."""
        zone, monday = ZoneInfo(viewer.time_zone), monday_of(day)
        start, end = day_in(zone, monday)[0], day_in(zone, monday + WEEK)[0]
        return await self._database.read(_report, viewer, start, end, self._clock())

    async def enter(self, by: User, user_id: UserId, since: datetime, until: datetime, reason: str) -> LostTime:
        """Enter time that somebody lost; another has to approve it. Raises `NotFound` and `Refused`."""
        demanded(reason)
        if until <= since:
            raise Refused("The end comes after the beginning.")
        lost = LostTime(
            id=LostTimeId(new_id()), user_id=user_id, since=since, until=until, reason=reason, entered_by=by.id
        )
        await self._database.write(_enter, lost, self._clock())
        return lost

    async def decide(self, by: User, lost_id: LostTimeId, approved: bool) -> None:
        """Approve what another has entered, or refuse it. Raises `NotFound` and `Refused`."""
        await self._database.write(_decide, by.id, lost_id, approved, self._clock())


def _report(connection: Connection, viewer: User, start: datetime, end: datetime, now: datetime) -> Report:
    own = viewer.id if viewer.role is Role.AGENT else None
    found = [each for each in shifts.between(connection, start, end, own) if each.since >= start]
    spans = states.spans(connection, start - _AROUND, end + _AROUND, own)
    lost = lost_times.between(connection, start, end + _AROUND, own)
    rules, planned, excused = shifts.rules(connection), by_person(found), _by_person(lost)
    listed = people.listed(connection)
    records = [
        (user, record(planned[user.id], spans.get(user.id, ()), excused[user.id], rules, now))
        for user in listed
        if user.id in planned
    ]
    shown = {each.id: each for each in (*lost_times.undecided(connection, own), *lost) if each.since < end}
    ticks = checklists.ticks(connection, start, end, own)
    return Report(records, list(shown.values()), {user.id: user.name for user in listed}, rules, ticks)


def _by_person(lost: Iterable[LostTime]) -> Mapping[UserId, Sequence[LostTime]]:
    found: defaultdict[UserId, list[LostTime]] = defaultdict(list)
    for each in lost:
        found[each.user_id].append(each)
    return found


def _enter(transaction: Transaction, lost: LostTime, now: datetime) -> None:
    person = people.get(transaction.connection, lost.user_id)
    if person is None:
        raise NotFound("This person does not exist.")
    lost_times.add(transaction, lost)
    may_decide = people.leaders_of(transaction.connection, person.queue_ids, lost.entered_by, person.id)
    said = Reason("{name} lost time, another supervisor decides: {why}", name=person.name, why=lost.reason)
    _tell(transaction, may_decide, lost, lost.entered_by, said, now)


def _decide(transaction: Transaction, by: UserId, lost_id: LostTimeId, approved: bool, now: datetime) -> None:
    lost = lost_times.held(transaction, lost_id)
    if lost is None:
        raise NotFound("There is no such entry.")
    if lost.decided_by is not None:
        raise Refused("Somebody has decided this already.")
    if by in (lost.entered_by, lost.user_id):
        raise Refused("Somebody else decides: neither who entered it nor whose time it is.")
    lost_times.decide(transaction, lost, approved, by)
    name = people.names(transaction.connection)[lost.user_id]
    said = Reason(_DECIDED[approved], name=name, why=lost.reason)
    _tell(transaction, (lost.user_id, lost.entered_by), lost, by, said, now)


_DECIDED = {True: "Lost time of {name} is approved: {why}", False: "Lost time of {name} is refused: {why}"}


def _tell(
    transaction: Transaction, told: Iterable[UserId], lost: LostTime, actor: UserId, said: Reason, now: datetime
) -> None:
    data = {"lost_time_id": lost.id, "since": lost.since, "until": lost.until, **to_translate(said)}
    kind = EventKind.LOST_TIME_CHANGED
    event = Event(kind=kind, at=now, actor=actor, subject_id=lost.user_id, reason=said, data=data)
    alerts.alert(transaction, told, event)
