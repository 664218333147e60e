"""How fast the lines of all queues move now."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from conversations.ids import QueueId
from routing.engine import PRESENCE
from routing.rush.reach import present
from routing.waits import LATELY, pace
from storage import floor, served
from storage.database import Connection
from storage.floor import Line
from storage.served import Service

Paces = Mapping[QueueId, timedelta]
"""How long one place lasts (`routing.waits.pace`), of the queues of which anything is known."""

STAYS = timedelta(seconds=10)
"""How long a look is good for."""


def look(connection: Connection, now: datetime) -> Paces:
    """The pace of each line as it is now."""
    services: defaultdict[QueueId, list[Service]] = defaultdict(list)
    for each in served.lately(connection, now - LATELY):
        services[each.queue_id].append(each)
    lines, there = floor.lines(connection), present(connection, now - PRESENCE)
    paces = {
        queue_id: pace(of_queue, lines.get(queue_id, Line()).since, there.get(queue_id, frozenset()), now)
        for queue_id, of_queue in services.items()
    }
    return {queue_id: each for queue_id, each in paces.items() if each is not None}
