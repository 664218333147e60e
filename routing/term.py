"""One term of a leading router: it hears what happened, looks at the rows, decides and writes."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice
from math import inf

from conversations.clock import Clock
from conversations.conversation import Conversation
from conversations.events import Event, EventKind
from conversations.ids import ConversationId, UserId
from routing.blocking import Blocked, blocked, set_aside
from routing.engine import GRACE, PRESENCE, ROUND
from routing.floor import Floor, Known, know
from routing.rulebook.facts import Facts, facts_of
from routing.setup import Setup, read_setup
from routing.writing import Say, end_cool_off, end_wrap_up, let_lapse, note_lost, take_back, write_plan
from storage import conversations, cool_off, events, states, wrap_up
from storage.database import Connection, Database

_OF_CONVERSATIONS = frozenset(
    (
        EventKind.CONVERSATION_OPENED,
        EventKind.CONVERSATION_REOPENED,
        EventKind.CONVERSATION_QUEUED,
        EventKind.CONVERSATION_ASSIGNED,
        EventKind.CONVERSATION_OFFERED,
        EventKind.CONVERSATION_DECLINED,
        EventKind.CONVERSATION_MISSED,
        EventKind.CONVERSATION_RESOLVED,
        EventKind.CONVERSATION_CLOSED,
        EventKind.CONTACT_CHANGED,
    )
)

_OF_THE_SETUP = frozenset(
    (
        EventKind.SETUP_CHANGED,
        EventKind.AGENT_STATE_CHANGED,
        EventKind.ACCOUNT_CHANGED,
        EventKind.QUEUES_MERGED,
        EventKind.QUEUES_PARTED,
        EventKind.OVERFLOW_BEGAN,
        EventKind.OVERFLOW_ENDED,
    )
)


class News:
    """What was heard of and not looked at yet."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()
        self._conversations: set[ConversationId] = set()
        self._setup = False

    def hear(self, batch: Iterable[Event]) -> None:
        """Note what these events name; what does not concern the router does not wake it."""
        for event in batch:
            if event.kind in _OF_CONVERSATIONS and event.conversation_id:
                self._conversations.add(ConversationId(event.conversation_id))
                self._bell.set()
            elif event.kind in _OF_THE_SETUP:
                self._setup = True
                self._bell.set()

    def keep(self, ids: Iterable[ConversationId]) -> None:
        """Look at these again with the next news."""
        self._conversations.update(ids)

    def take(self) -> tuple[frozenset[ConversationId], bool]:
        """Conversations to look at now, a round of them at most, and whether to look at the setup."""
        taken, setup = frozenset(islice(self._conversations, ROUND)), self._setup
        self._conversations -= taken
        self._setup = False
        if not self._conversations:
            self._bell.clear()
        return taken, setup

    async def wait(self, seconds: float) -> None:
        """Until the next news, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0)):
                await self._bell.wait()


class Term:
    """What the leader knows and does. Its lease has the fence `fence`; with another one every change is refused."""

    def __init__(self, database: Database, clock: Clock, fence: int, floor: Floor, say: Say) -> None:
        self.fence = fence
        self.news = News()
        self._database = database
        self._clock = clock
        self._floor = floor
        self._say = say

    async def look_after_presence(self) -> None:
        """See whose screens are connected, and whose time to wrap up or to cool off is over.

        Raises `LeaseLost` and `DatabaseUnavailable`.
        """
        now = self._clock()
        there = await self._database.read(_presence, now)
        self._floor.state.set_seen(there.seen)
        if there.silent:
            await self._database.write(note_lost, self.fence, there.silent, now)
        if there.wrapped_up:
            await self._database.write(end_wrap_up, self.fence, there.wrapped_up, now)
        if there.cooled:
            await self._database.write(end_cool_off, self.fence, there.cooled, now)
        if lost := {*self._floor.state.lost(now), *there.awaited}:
            await self._database.write(take_back, self.fence, lost, now)

    async def decide(self) -> bool:
        """Go one round; False when there is nothing more to do now. Raises `LeaseLost` and `DatabaseUnavailable`."""
        await self._learn()
        facts = await self._facts(self._floor.unplaced())
        now = self._clock()
        if lapsed := self._floor.state.lapsed(now):
            await self._database.write(let_lapse, self.fence, lapsed, now)
        plan = self._floor.plan(facts, now)
        if not plan.conversation_ids():
            return False
        refused = await self._database.write(write_plan, self.fence, plan, now, self._say)
        # What made them impossible was committed, and its event is on the way.
        self.news.keep(refused)
        return not refused

    async def _facts(self, unplaced: list[Conversation]) -> Mapping[ConversationId, Facts]:
        """What rules ask about those without a queue; what blocked customers wrote is settled without one."""
        if not unplaced:
            return {}
        now = self._clock()
        facts, aside = await self._database.read(_looked_up, unplaced, self._floor.setup, now)
        if aside:
            await self._database.write(set_aside, self.fence, aside, now, self._say)
            self._floor.refresh(await self._database.read(_known, aside, self._floor.setup))
        return facts

    def seconds_to_wait(self) -> float:
        """How long there is nothing to decide unless something happens."""
        due = self._floor.next_due()
        return inf if due is None else (due - self._clock()).total_seconds()

    async def _learn(self) -> None:
        named, setup = self.news.take()
        if setup:
            self._floor.set_up(await self._database.read(read_setup))
        if named:
            self._floor.refresh(await self._database.read(_known, named, self._floor.setup))


@dataclass(frozen=True)
class _Presence:
    """Whose screens were seen when, whose should be and are not, who wrapped up or cooled off long enough, whose
    customers wait."""

    seen: Mapping[UserId, datetime]
    silent: Sequence[UserId]
    wrapped_up: Sequence[UserId]
    cooled: Sequence[UserId]
    awaited: Iterable[UserId]


def _presence(connection: Connection, now: datetime) -> _Presence:
    return _Presence(
        seen=states.last_seen(connection),
        silent=states.unseen(connection, now - PRESENCE),
        wrapped_up=wrap_up.over(connection, now),
        cooled=cool_off.over(connection, now, now - PRESENCE),
        awaited=states.awaited(connection, now - GRACE),
    )


def _looked_up(
    connection: Connection, unplaced: list[Conversation], setup: Setup, now: datetime
) -> tuple[Mapping[ConversationId, Facts], Blocked]:
    aside = blocked(connection, unplaced, now)
    free = [each for each in unplaced if each.id not in aside]
    return facts_of(connection, free, setup.kinds), aside


def whole_floor(connection: Connection, zone: tzinfo) -> tuple[int, Floor]:
    """Everything a leader has to know, and the position of the newest event it has surely seen."""
    position = events.head(connection)
    setup = read_setup(connection)
    return position, Floor(setup, know(connection, conversations.in_progress(connection), setup), zone)


def _known(connection: Connection, ids: Iterable[ConversationId], setup: Setup) -> Known:
    return know(connection, list(conversations.many(connection, ids).values()), setup)
