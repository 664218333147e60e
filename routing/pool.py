"""The free agents of queues as heaps that last: a single arrival among many free agents need not look at them all."""

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush

from conversations.ids import QueueId, UserId
from routing.lines import Ticket
from routing.team import Rank

RankOf = Callable[[UserId], Rank | None]
"""Somebody's place among those who are free and could be asked, or None."""

MOST_STALE = 4
"""Entries for each agent, beyond which a heap is made anew."""

MOST_NEWS = 10_000
"""Changes that are remembered until every pool is made anew."""


class Pool:
    """Who can serve those who ask for the same. Entries that are no longer somebody's rank are dropped as they come."""

    def __init__(self, members: frozenset[UserId]) -> None:
        self._members = members
        self._heap: list[Rank] = []
        self._known = 0
        self._is_new = True

    def first(self, news: Sequence[UserId], rank_of: RankOf, takes: Callable[[UserId], bool]) -> UserId | None:
        """The first of those who can take it. The `news` are all whose rank may have changed, and only grow."""
        self._catch_up(news, rank_of)
        passed: list[Rank] = []
        found = None
        while self._heap and found is None:
            top = self._heap[0]
            if rank_of(top.agent_id) != top:
                heappop(self._heap)
            elif takes(top.agent_id):
                found = top.agent_id
            else:
                passed.append(heappop(self._heap))
        for each in passed:
            heappush(self._heap, each)
        return found

    def _catch_up(self, news: Sequence[UserId], rank_of: RankOf) -> None:
        changed, self._known = self._members.intersection(news[self._known :]), len(news)
        if self._is_new or len(self._heap) + len(changed) > MOST_STALE * len(self._members):
            self._is_new = False
            self._heap = [rank for rank in map(rank_of, self._members) if rank is not None]
            heapify(self._heap)
            return
        for rank in filter(None, map(rank_of, changed)):
            heappush(self._heap, rank)


class Pools:
    """A pool for each that is asked for, made when it is asked for first."""

    def __init__(self) -> None:
        self._pools: dict[tuple[QueueId, str, int], Pool] = {}
        self._news: list[UserId] = []

    def forget(self) -> None:
        """Everything may be different."""
        self._pools.clear()
        self._news.clear()

    def note(self, agent_id: UserId) -> None:
        """Somebody may have another rank by now."""
        self._news.append(agent_id)
        if len(self._news) > MOST_NEWS:
            self.forget()

    def first(
        self, ticket: Ticket, members: frozenset[UserId], rank_of: RankOf, takes: Callable[[UserId], bool]
    ) -> UserId | None:
        """The first of these members who can take what is asked for here."""
        asked = ticket.queue_id, ticket.skill, ticket.skill_level
        pool = self._pools.get(asked)
        if pool is None:
            pool = self._pools[asked] = Pool(members)
        return pool.first(self._news, rank_of, takes)
