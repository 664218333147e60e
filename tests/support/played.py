"""A real router on a real database, to which the customers of a simulation come in the same moments."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import inf

from conversations.conversation import Conversation, ConversationState
from conversations.events import EventKind
from conversations.ids import ConversationId, QueueId, StepId, UserId
from conversations.people import AgentState
from desk.errors import NotFound, Refused
from desk.offers import Offers
from routing.forecasts.overflowing import LOOK_EVERY
from routing.forecasts.scenario import Scenario
from routing.forecasts.visits import Visit
from routing.rush.watching import Watch
from routing.term import Term, whole_floor
from routing.writing import LEASE, say_nothing
from storage import conversations, events, leases, overflow, people, queues, skills, states
from storage.database import Database, Transaction
from tests.support.builders import NOW, SetClock, a_contact, a_conversation, a_user, an_account, store
from tests.support.day import arrive, resolve

ACCOUNT = an_account(kind="webchat")

Happen = Callable[[], Awaitable[None]]


@dataclass
class Played:
    """Its agents do what simulated ones would. Times are in seconds since `NOW`."""

    database: Database
    scenario: Scenario
    clock: SetClock = field(default_factory=SetClock)
    queues: dict[QueueId, QueueId] = field(default_factory=dict)
    visits: dict[ConversationId, Visit] = field(default_factory=dict)
    noticed: set[object] = field(default_factory=set)
    due: list[tuple[float, int, Happen]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    heard: int = 0

    async def open(self) -> None:
        fence = await self.database.write(self._set_up)
        self.heard, known = await self.database.read(whole_floor, UTC)
        self.term = Term(self.database, self.clock, fence, known, say_nothing)
        self.watch = Watch(self.database, self.clock, fence, say_nothing)

    def _set_up(self, transaction: Transaction) -> int:
        store(transaction, ACCOUNT)
        for agent_id, group in self.scenario.group_of.items():
            store(transaction, a_user(id=agent_id, login=agent_id, capacity=group.capacity))
            skills.write(transaction, agent_id, group.skills, NOW, "test")
            states.set_state(transaction, agent_id, AgentState.READY, NOW, "test", "")
        for queue_id in self.scenario.staff:
            self._add_queue(transaction, queue_id)
        for step in self.scenario.house.steps:
            helpers = frozenset(self.queues[each] for each in step.helpers)
            overflow.save(transaction, replace(step, queue_id=self.queues[step.queue_id], helpers=helpers), NOW, "test")
        fence = leases.acquire(transaction, LEASE, "here", NOW, NOW + timedelta(days=1))
        assert fence is not None
        return fence

    def _add_queue(self, transaction: Transaction, queue_id: QueueId) -> None:
        made = self.queues[queue_id] = queues.add(transaction, queue_id, NOW, "test")
        overflow.remove(transaction, StepId(f"anybody-{made}"), NOW, "test")
        queues.set_members(transaction, made, frozenset(self.scenario.staff[queue_id]), NOW, "test")
        manner = self.scenario.house.manners[queue_id]
        times = {"pause_seconds": manner.pause, "grace_seconds": manner.grace, "offer_seconds": manner.offer}
        values = {name: time // timedelta(seconds=1) for name, time in times.items()}
        queues.change(transaction, made, {"strategy": manner.strategy, **values}, NOW, "test")

    async def live(self, visits: Sequence[Visit], until: float) -> None:
        for visit in visits:
            self.expect(visit.customer.at, partial(self.come, visit))
        for look in range(1, int(until / LOOK_EVERY) + 1):
            self.expect(visits[0].customer.at + look * LOOK_EVERY, self.look)
        while (at := min(self.due[0][0], self.passed() + self.term.seconds_to_wait())) <= until:
            self.clock.now = NOW + timedelta(seconds=at)
            await self.database.write(states.see, list(self.scenario.group_of), self.clock())
            await self.term.look_after_presence()
            if self.due[0][0] <= at:
                await heappop(self.due)[2]()
            await self.term.decide()
            await self.route()
            await self.notice()

    def passed(self) -> float:
        return (self.clock() - NOW).total_seconds()

    def expect(self, at: float, happen: Happen) -> None:
        heappush(self.due, (at, next(self.numbers), happen))

    async def route(self) -> None:
        """Until there is no more news of what was decided."""
        while batch := await self.database.read(events.after, self.heard, 10_000):
            self.heard = batch[-1].position
            self.term.news.hear(batch)
            while await self.term.decide():
                pass

    async def notice(self) -> None:
        """What agents see by now makes them do something later."""
        for each in await self.database.read(conversations.in_progress):
            if self.is_new(("taken", each.id, each.assignee_id)) and each.assignee_id:
                handle = self.visits[each.id].customer.handle
                self.expect(self.passed() + handle, partial(self.resolve, each))
            if each.offered_to and self.is_new(("offered", each.id, each.offered_until)):
                group = self.scenario.group_of[each.offered_to]
                if not group.lapse:
                    self.expect(self.passed() + group.answer, partial(self.accept, each, each.offered_to))
        for user in await self.database.read(people.listed):
            if user.state is AgentState.BREAK and self.is_new(("break", user.id, user.state_since)):
                back = self.scenario.group_of[user.id].back
                self.expect(self.passed() + back, partial(self.come_back, user.id))

    def is_new(self, news: object) -> bool:
        was_known = news in self.noticed
        self.noticed.add(news)
        return not was_known

    async def come(self, visit: Visit) -> None:
        contact, now = a_contact(manager_id=visit.manager_id), self.clock()
        demand = visit.customer.demand
        row = a_conversation(
            ACCOUNT.id,
            contact.id,
            state=ConversationState.QUEUED,
            queue_id=self.queues[demand.queue_id],
            skill=demand.skill,
            skill_level=demand.skill_level,
            weight=demand.weight,
            opened_at=now,
            unanswered_since=now,
        )
        self.visits[row.id] = visit
        await self.database.write(store, contact)
        await self.database.write(arrive, row)
        if visit.customer.patience < inf:
            self.expect(self.passed() + visit.customer.patience, partial(self.give_up, row))

    async def give_up(self, row: Conversation) -> None:
        here = {each.id: each for each in await self.database.read(conversations.in_progress)}
        if row.id in here and here[row.id].assignee_id is None:
            await self.resolve(here[row.id])

    async def resolve(self, row: Conversation) -> None:
        await self.database.write(resolve, row, self.clock())

    async def accept(self, row: Conversation, agent_id: UserId) -> None:
        (user,) = [each for each in await self.database.read(people.listed) if each.id == agent_id]
        # Whose customer gave up meanwhile, or whose time is over, has nothing to accept.
        with suppress(NotFound, Refused):
            await Offers(self.database, self.clock).accept(user, row.id)

    async def come_back(self, agent_id: UserId) -> None:
        await self.database.write(states.set_state, agent_id, AgentState.READY, self.clock(), "test", "")

    async def look(self) -> None:
        while await self.watch.look():
            pass

    async def answered(self) -> dict[ConversationId, tuple[str, float]]:
        """Who took whom first, and when."""
        found: dict[ConversationId, tuple[str, float]] = {}
        for event in await self.database.read(events.after, 0, 100_000):
            if event.kind is EventKind.CONVERSATION_ASSIGNED:
                visit = self.visits[ConversationId(str(event.conversation_id))]
                found.setdefault(visit.conversation_id, (str(event.data["assignee_id"]), since_now(event.at)))
        return found

    async def turned(self) -> list[tuple[float, str]]:
        """When which step of overflow began or ended."""
        turns = (EventKind.OVERFLOW_BEGAN, EventKind.OVERFLOW_ENDED)
        story = await self.database.read(events.after, 0, 100_000)
        return [(since_now(event.at), str(event.subject_id)) for event in story if event.kind in turns]


def since_now(at: datetime) -> float:
    return round((at - NOW).total_seconds(), 3)
