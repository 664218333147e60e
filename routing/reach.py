"""Reach: whose members work in a queue besides its own. Nobody is moved for it, so that its end restores what was."""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime

from conversations.ids import QueueId, UserId
from storage import merges, waiting
from storage.database import Connection
from storage.merges import Merge
from storage.queues import Queue

Reach = Mapping[QueueId, frozenset[QueueId]]
"""For a queue that gets help, the queues whose members work in it; its own is one of them."""


def reach_of(merged: Iterable[Merge]) -> Reach:
    """Merged queues have the members of all of them."""
    return {queue_id: merge.queue_ids for merge in merged for queue_id in merge.queue_ids}


def read_reach(connection: Connection) -> Reach:
    """The reach as it is now."""
    return reach_of(merges.listed(connection))


def helpers(reach: Reach, queue_id: QueueId) -> frozenset[QueueId]:
    """The queues whose members work in this one."""
    return reach.get(queue_id, frozenset((queue_id,)))


def works_in(reach: Reach, queue_id: QueueId, member_of: Set[QueueId]) -> bool:
    """Whether a member of these queues works in that one."""
    return not member_of.isdisjoint(helpers(reach, queue_id))


def helped(reach: Reach, member_of: Set[QueueId]) -> set[QueueId]:
    """The queues that get help from one of these."""
    return {queue_id for queue_id in reach if works_in(reach, queue_id, member_of)}


def effective_members(queues: Iterable[Queue], reach: Reach) -> dict[QueueId, frozenset[UserId]]:
    """Who works in each queue."""
    own = {queue.id: queue.members for queue in queues}
    return {queue_id: frozenset().union(*(own[each] for each in helpers(reach, queue_id))) for queue_id in own}


def present(connection: Connection, since: datetime) -> dict[QueueId, frozenset[UserId]]:
    """Who is there for each queue, its own members and those who help (`storage.waiting.present`)."""
    reach, own = read_reach(connection), waiting.present(connection, since)
    found = {
        queue_id: frozenset[UserId]().union(*(own.get(each, ()) for each in helpers(reach, queue_id)))
        for queue_id in own.keys() | reach.keys()
    }
    return {queue_id: members for queue_id, members in found.items() if members}
