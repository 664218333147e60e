"""The keeper of deadlines: it reads what happened, writes what follows, and wakes when the next one is due.

Deadlines, their news and how far the events are read are written in one transaction that holds the router's lease. So
whoever leads next goes on where this one stopped, and nothing is said twice.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from conversations.clock import Clock
from conversations.deadlines import Deadline
from conversations.events import ASIDE, Event, EventKind
from conversations.ids import ConversationId, MessageId
from conversations.message import AuthorKind
from routing.clocks.deadlines import fired
from routing.clocks.escalation import news_of
from routing.clocks.happenings import Book, Happening, PolicyChoice, enter
from routing.clocks.policies import Policies, read_policies
from routing.writing import LEASE
from storage import alerts, contacts, conversations, cursors, deadlines, events, leases, messages
from storage.database import Connection, Database, Transaction

ROUND = 500
"""Events, or deadlines whose time has come, that are looked at in one transaction."""

LONGEST_SLEEP = 60.0
"""Seconds after which the clock is looked at again: it may have been set."""

_HAPPENINGS = {
    EventKind.CONVERSATION_OPENED: Happening.PLACED,
    EventKind.CONVERSATION_QUEUED: Happening.QUEUED,
    EventKind.CONVERSATION_REOPENED: Happening.PLACED,
    EventKind.CONVERSATION_ASSIGNED: Happening.ASSIGNED,
    EventKind.CONVERSATION_RESOLVED: Happening.RESOLVED,
    EventKind.CONVERSATION_CLOSED: Happening.CLOSED,
    EventKind.MESSAGE_RECEIVED: Happening.CUSTOMER_SAID,
    EventKind.MESSAGE_SENT: Happening.AGENT_SAID,
}


_ABOUT_POLICIES = frozenset((EventKind.SETUP_CHANGED, EventKind.ACCOUNT_CHANGED))


@dataclass(frozen=True)
class Kept:
    """What is left: more to do at once, or nothing before `next_at`."""

    more: bool
    next_at: datetime | None


class Known:
    """The policies, read when they are asked for first, and again after what may have changed them."""

    def __init__(self) -> None:
        self._policies: Policies | None = None

    def policies(self, connection: Connection) -> Policies:
        """The policies that are in force."""
        self._policies = self._policies or read_policies(connection)
        return self._policies

    def hear(self, batch: Sequence[Event]) -> None:
        """Forget what may not be so any more."""
        if any(event.kind in _ABOUT_POLICIES for event in batch):
            self._policies = None


class Keeper:
    """Keeps deadlines during one term; with a fence that is no longer the lease's every change is refused."""

    def __init__(self, database: Database, clock: Clock, fence: int) -> None:
        self._database = database
        self._clock = clock
        self._fence = fence
        self._bell = asyncio.Event()
        self._known = Known()
        self._setup_is_new = True
        self._promises = False

    def hear(self, batch: Sequence[Event]) -> None:
        """Wake up for what may be promised now, and if anything is promised for what moves deadlines."""
        self._setup_is_new |= any(map(_may_promise, batch))
        if self._setup_is_new or (self._promises and any(event.kind in _HAPPENINGS for event in batch)):
            self._bell.set()

    async def run(self) -> None:
        """Keep deadlines until cancelled. Raises `LeaseLost` and `DatabaseUnavailable`."""
        while True:
            self._bell.clear()
            if self._setup_is_new:
                self._setup_is_new = False
                self._known = Known()
                self._promises = await self._database.read(deadlines.are_kept)
            if self._promises:
                await self._sleep(await self._database.write(keep, self._known, self._fence, self._clock()))
            else:
                await self._bell.wait()

    async def _sleep(self, kept: Kept) -> None:
        if kept.more:
            return
        due_in = (kept.next_at - self._clock()).total_seconds() if kept.next_at else LONGEST_SLEEP
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0, min(due_in, LONGEST_SLEEP))):
                await self._bell.wait()


def _may_promise(event: Event) -> bool:
    """Its own news tell the keeper nothing."""
    return event.kind is EventKind.SETUP_CHANGED or (event.kind is EventKind.DEADLINE_CHANGED and event.actor != LEASE)


def keep(transaction: Transaction, known: Known, fence: int, now: datetime) -> Kept:
    """Enter what happened, or when that is done, fire what is due. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    position = cursors.get(transaction.connection, deadlines.CURSOR)
    batch = events.after(transaction.connection, position, ROUND)
    known.hear(batch)
    policies = known.policies(transaction.connection)
    if batch:
        _enter_all(transaction, batch, policies)
        cursors.put(transaction, deadlines.CURSOR, batch[-1].position)
    ripe = [] if len(batch) == ROUND else deadlines.due(transaction, now, ROUND)
    _write(transaction, ripe, [fired(each, now) for each in ripe], policies, now)
    return Kept(ROUND in (len(batch), len(ripe)), deadlines.next_at(transaction.connection))


def _enter_all(transaction: Transaction, batch: Sequence[Event], policies: Policies) -> None:
    moving = _moving(transaction.connection, batch)
    rows = conversations.many(transaction.connection, {ConversationId(str(each.conversation_id)) for each in moving})
    before = deadlines.held(transaction, rows)
    books = {row: Book.of(each for each in before if each.conversation_id == row) for row in rows}
    customers = contacts.many(transaction.connection, {row.contact_id for row in rows.values()})
    known = {each.id: each for each in policies.listed}
    for event in moving:
        row = rows.get(ConversationId(str(event.conversation_id)))
        if row is not None:
            choice = PolicyChoice(policies.of(row, customers[row.contact_id]), known)
            enter(books[row.id], _HAPPENINGS[event.kind], event.at, row, choice)
    after = [each for book in books.values() for each in book.deadlines.values()]
    _write(transaction, before, after, policies, batch[-1].at)


def _moving(connection: Connection, batch: Sequence[Event]) -> list[Event]:
    """What moves deadlines; of what is sent only people's own words, of what is received nothing said aside."""
    moving = [each for each in batch if each.kind in _HAPPENINGS and each.conversation_id and not each.data.get(ASIDE)]
    sent = [MessageId(str(each.message_id)) for each in moving if each.kind is EventKind.MESSAGE_SENT]
    said = messages.many(connection, sent)
    by_agents = {each.id for each in said.values() if each.author is AuthorKind.AGENT}
    return [each for each in moving if each.kind is not EventKind.MESSAGE_SENT or each.message_id in by_agents]


def _write(
    transaction: Transaction,
    before: Sequence[Deadline],
    after: Sequence[Deadline],
    policies: Policies,
    now: datetime,
) -> None:
    """Store what changed, and say so."""
    known = {each.id: each for each in before}
    changed = [each for each in after if known.get(each.id) != each]
    deadlines.put(transaction, changed)
    alerts.alert_all(transaction, news_of(transaction.connection, policies, known, changed, now))
