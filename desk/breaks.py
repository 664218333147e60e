"""Whether somebody may take a break now, by their shift, their colleagues and what a supervisor allowed."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from conversations.breaks import PERSONAL, Room, hindrance
from conversations.ids import UserId
from conversations.people import AgentState, User
from conversations.shifts import RosterRules
from desk.errors import Refused
from routing.rush.reach import effective_members, reach_of
from storage import breaks, merges, queues, shifts
from storage.database import Connection, Transaction
from storage.queues import Queue


def line_up(transaction: Transaction, user_id: UserId) -> None:
    """Nobody else who shares a limit with this person takes a break until the commit: two would count the same."""
    queues.hold(transaction, [queue.id for queue, _ in _limited(transaction.connection, user_id)])


def guard(transaction: Transaction, user: User, reason: str, now: datetime) -> None:
    """Let somebody go into a break, with what a supervisor allowed if the rules speak against it. Raises `Refused`."""
    if reason not in PERSONAL or (user.state is AgentState.BREAK and user.state_reason in PERSONAL):
        return
    connection, rules = transaction.connection, shifts.rules(transaction.connection)
    rooms = [_room(connection, queue, colleagues, rules) for queue, colleagues in _limited(connection, user.id)]
    found = hindrance(shifts.at(connection, user.id, now), rooms, rules, now)
    if found is None or breaks.use_permit(transaction, user.id, now):
        return
    time = found.time.astimezone(ZoneInfo(user.time_zone)) if found.time else None
    raise Refused(found.sentence, queue=found.queue, time=f"{time:%H:%M}" if time else "")


def _limited(connection: Connection, user_id: UserId) -> list[tuple[Queue, frozenset[UserId]]]:
    """The queues with a limit in which a person works, each with the colleagues there; those of merged ones are one."""
    listed = queues.listed(connection)
    reach = reach_of(merges.together(connection))
    working = effective_members({queue.id: queue.members for queue in listed}, reach)
    return [
        (queue, working[queue.id] - {user_id})
        for queue in listed
        if queue.most_on_break > 0 and user_id in working[queue.id]
    ]


def _room(connection: Connection, queue: Queue, colleagues: Iterable[UserId], rules: RosterRules) -> Room:
    resting = breaks.resting(connection, colleagues)
    ends = [since + longest for since, reason in resting if (longest := rules.longest(reason))]
    return Room(queue.name, len(resting), queue.most_on_break, min(ends, default=None))
