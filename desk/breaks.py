"""Whether somebody may take a break now, by their shift, their colleagues and what a supervisor allowed."""

from datetime import datetime
from zoneinfo import ZoneInfo

from conversations.breaks import PERSONAL, hindrance
from conversations.people import AgentState, User
from desk.errors import Refused
from storage import breaks, shifts
from storage.database import Transaction


def guard(transaction: Transaction, user: User, reason: str, now: datetime) -> None:
    """Let somebody go into a break, with what a supervisor allowed if the rules speak against it. Raises `Refused`."""
    if reason not in PERSONAL or (user.state is AgentState.BREAK and user.state_reason in PERSONAL):
        return
    connection, rules = transaction.connection, shifts.rules(transaction.connection)
    shift = shifts.at(connection, user.id, now)
    found = hindrance(shift, breaks.rooms(connection, user.id, rules), rules, now)
    if found is None or breaks.use_permit(transaction, user.id, now):
        return
    time = found.time.astimezone(ZoneInfo(user.time_zone)) if found.time else None
    raise Refused(found.sentence, queue=found.queue, time=f"{time:%H:%M}" if time else "")
