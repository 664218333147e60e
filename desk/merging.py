"""Merging queues for a while and parting them again: a supervisor's act in a peak."""

from collections.abc import Iterable
from datetime import datetime

from conversations.clock import Clock
from conversations.ids import MergeId, QueueId, new_id
from conversations.people import User
from desk.errors import NotFound, Refused
from desk.reasons import demanded
from storage import merges, queues
from storage.database import Database, Transaction
from storage.merges import Merge


class Merging:
    """Members stay members of their own queues: they work in all that are merged, each with their own skills."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def merge(self, by: User, queue_ids: Iterable[QueueId], ends_at: datetime | None, reason: str) -> Merge:
        """Work these queues as one, until a moment or until it is ended. Raises `NotFound` and `Refused`."""
        merge = Merge(
            id=MergeId(new_id()),
            queue_ids=frozenset(queue_ids),
            reason=demanded(reason),
            begun_at=self._clock(),
            begun_by=by.id,
            ends_at=ends_at,
        )
        if refusal := _why_not(merge):
            raise Refused(refusal)
        await self._database.write(_merge, merge)
        return merge

    async def part(self, by: User, merge_id: MergeId, reason: str) -> None:
        """Work each queue by itself again. Raises `NotFound` and `Refused`."""
        demanded(reason)
        if not await self._database.write(merges.end, merge_id, self._clock(), by.id, reason):
            raise NotFound("These queues are not merged any more.")


def _why_not(merge: Merge) -> str:
    if len(merge.queue_ids) < 2:
        return "Choose at least two queues."
    if merge.ends_at is not None and merge.ends_at <= merge.begun_at:
        return "The end must be in the future."
    return ""


def _merge(transaction: Transaction, merge: Merge) -> None:
    if queues.hold(transaction, merge.queue_ids) != merge.queue_ids:
        raise NotFound("There is no such queue.")
    # Two groups with a queue in common would be one: whoever wants that ends the first and merges all.
    if any(each.queue_ids & merge.queue_ids for each in merges.listed(transaction.connection)):
        raise Refused("One of these queues is merged already. End that first.")
    merges.add(transaction, merge)
