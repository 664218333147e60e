"""The report of first replies: which share of them customers got in time, per channel and per queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from conversations.first_replies import FirstReplies, summed
from conversations.ids import QueueId
from conversations.people import Scope
from desk.presence import day_in
from storage import first_replies, queues
from storage.database import Connection


@dataclass(frozen=True)
class Report:
    """What became of the first replies that were promised on some days of a zone; `names` are those of the queues."""

    first: date
    last: date
    zone: ZoneInfo
    total: FirstReplies
    channels: Mapping[str, FirstReplies]
    queues: Mapping[QueueId | None, FirstReplies]
    names: Mapping[QueueId | None, str]


def report(connection: Connection, scope: Scope, zone: ZoneInfo, first: date, last: date, now: datetime) -> Report:
    """Of the days from the first to the last, as far as somebody may see."""
    start, end = day_in(zone, first)[0], day_in(zone, last)[1]
    tallies = first_replies.counted(connection, scope, start, end, now)
    channels, lines = summed(tallies, lambda place: place.kind), summed(tallies, lambda place: place.queue_id)
    names: dict[QueueId | None, str] = {queue.id: queue.name for queue in queues.listed(connection)}
    names[None] = ""
    return Report(
        first=first,
        last=last,
        zone=zone,
        total=sum((replies for _, replies in tallies), FirstReplies()),
        channels={kind: channels[kind] for kind in sorted(channels)},
        queues={queue_id: lines[queue_id] for queue_id in names if queue_id in lines},
        names=names,
    )
