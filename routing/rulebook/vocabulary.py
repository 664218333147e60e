"""The vocabulary of rules: what there is to choose from now."""

from channels.registry import CHANNELS
from routing.clocks.calendars import Calendar, read_calendar
from routing.rulebook.problems import Known
from storage import accounts, calendars, people, queues
from storage.database import Connection


def known_things(connection: Connection) -> Known:
    """Ids by what they are of; word lists come with the rules themselves."""
    hours: dict[str, Calendar] = {row.id: read_calendar(row) for row in calendars.listed(connection)}
    names = {
        "account": frozenset(accounts.kinds(connection)),
        "kind": frozenset(CHANNELS),
        "queue": frozenset(queue.id for queue in queues.listed(connection)),
        "person": frozenset(user.id for user in people.listed(connection)),
        "calendar": frozenset(hours),
    }
    return Known(names, hours)
