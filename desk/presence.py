"""What agents say they do: ready, wrapping up, on a break, gone; and the account of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from conversations.clock import Clock
from conversations.ids import UserId
from conversations.people import AgentState, Role, User
from conversations.states import Span, totals, why_not
from desk.breaks import guard, line_up
from desk.errors import Refused
from desk.handovers import check_leaving, check_staying
from desk.notices import check_read
from storage import people, states, wrap_up
from storage.database import Connection, Database, Transaction


@dataclass(frozen=True)
class Hours:
    """What a person did on one day."""

    user: User
    spans: Sequence[Span]
    totals: Mapping[tuple[AgentState, str], timedelta]


class Presence:
    """Who does what, by their own word."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def choose(self, user: User, state: AgentState, reason: str = "") -> User:
        """Go into a state; `reason` is what a break is for. Raises `Refused` and `FirstDo`."""
        return await self._database.write(choose, user.id, state, reason, self._clock())

    async def hours(self, viewer: User, day: date) -> list[Hours]:
        """A day of one's own, or of everybody for who may see everybody."""
        return await self._database.read(_hours, viewer, day, self._clock())


def choose(transaction: Transaction, user_id: UserId, state: AgentState, reason: str, now: datetime) -> User:
    """The same within a transaction. Raises `Refused`."""
    if state is AgentState.BREAK:
        line_up(transaction, user_id)
    user = people.held(transaction, [user_id])[user_id]
    reason = reason if state is AgentState.BREAK else ""
    if _is_so(user, state, reason):
        return user
    if refusal := why_not(user.state, state, reason):
        raise Refused(refusal)
    if state is AgentState.BREAK:
        guard(transaction, user, reason, now)
    if state is AgentState.READY:
        check_read(transaction.connection, user, now)
        check_staying(transaction.connection, user_id)
    if state is AgentState.OFFLINE:
        check_leaving(transaction.connection, user_id)
    until = wrap_up.norm(transaction.connection, user, now) if state is AgentState.WRAP_UP else None
    states.set_state(transaction, user_id, state, now, user_id, reason, until=until)
    states.follow_load(transaction, [user_id], now)
    return people.many(transaction.connection, [user_id])[user_id]


def _is_so(user: User, state: AgentState, reason: str) -> bool:
    """Ready is what a busy agent said, too."""
    said = AgentState.READY if user.state is AgentState.BUSY else user.state
    return (said, user.state_reason) == (state, reason)


def _hours(connection: Connection, viewer: User, day: date, now: datetime) -> list[Hours]:
    start, end = day_in(ZoneInfo(viewer.time_zone), day)
    own = viewer.id if viewer.role is Role.AGENT else None
    found = states.spans(connection, start, end, own)
    known = sorted(people.many(connection, found).values(), key=lambda user: (user.name, user.id))
    return [Hours(user, found[user.id], totals(found[user.id], start, end, now)) for user in known]


def day_in(zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    """Where a day begins and ends; not always 24 hours apart."""
    start, end = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    return start.astimezone(UTC), end.astimezone(UTC)
