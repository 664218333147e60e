"""Reach: whose members work in a queue besides its own. Nobody is moved for it, so that its end restores what was."""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from itertools import chain

from conversations.ids import QueueId, UserId
from conversations.overflow import Remedy, Step
from storage import merges, overflow, waiting
from storage.database import Connection

Reach = Mapping[QueueId, frozenset[QueueId]]
"""For a queue that gets help, the queues whose members work in it; its own is one of them."""

Members = Mapping[QueueId, frozenset[UserId]]


def reach_of(merged: Iterable[frozenset[QueueId]], steps: Iterable[Step] = ()) -> Reach:
    """Merged queues have the members of all of them; a queue that overflows has those of its helpers besides."""
    reach = {queue_id: together for together in merged for queue_id in together}
    for step in overflow.are_on(steps, Remedy.WIDEN):
        reach[step.queue_id] = helpers(reach, step.queue_id) | step.helpers
    return reach


def read_reach(connection: Connection) -> Reach:
    """The reach as it is now."""
    return reach_of(merges.together(connection), overflow.listed(connection))


def helpers(reach: Reach, queue_id: QueueId) -> frozenset[QueueId]:
    """The queues whose members work in this one."""
    return reach.get(queue_id, frozenset((queue_id,)))


def works_in(reach: Reach, queue_id: QueueId, member_of: Set[QueueId]) -> bool:
    """Whether a member of these queues works in that one."""
    return not member_of.isdisjoint(helpers(reach, queue_id))


def effective_members(own: Members, reach: Reach) -> dict[QueueId, frozenset[UserId]]:
    """Who works in each queue, of which these are the own members."""
    return {queue_id: _together(reach, own, queue_id) for queue_id in own}


def present(connection: Connection, since: datetime, reach: Reach | None = None) -> dict[QueueId, frozenset[UserId]]:
    """Who is there for each queue, its own members and those who help (`storage.waiting.present`)."""
    reach = read_reach(connection) if reach is None else reach
    own = waiting.present(connection, since)
    found = {queue_id: _together(reach, own, queue_id) for queue_id in own.keys() | reach.keys()}
    return {queue_id: members for queue_id, members in found.items() if members}


def _together(reach: Reach, own: Members, queue_id: QueueId) -> frozenset[UserId]:
    return frozenset(chain.from_iterable(own[each] for each in helpers(reach, queue_id) & own.keys()))
