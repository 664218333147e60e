"""The service level of the day: how many of those who came got an agent in time."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from conversations.ids import QueueId
from storage import pressure
from storage.database import Connection

Levels = Mapping[QueueId, int]
"""Percent, of the queues to which somebody came."""

WITHIN = 20
"""Seconds in which a customer should get an agent: the field's 80/20 promises it to 80 of 100."""

STAYS = timedelta(seconds=30)
"""How long a look is good for."""


def of_the_day(zone: tzinfo, connection: Connection, now: datetime) -> Levels:
    """Of everybody who came since midnight in this zone."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return pressure.service_levels(connection, midnight, now, WITHIN)
