"""A day on the floor: a real router on a real database, and people who do what comes into their minds."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from conversations.conversation import Conversation, ConversationState
from conversations.events import Event, EventKind
from conversations.ids import QueueId, UserId
from conversations.people import AgentState, User
from desk import moves
from desk.offers import Offers
from routing.engine import PRESENCE, Strategy
from routing.term import Term, whole_floor
from routing.writing import LEASE, say_nothing
from storage import contacts, conversations, events, leases, people, queues, skills, states
from storage.database import Database, Transaction
from tests.support.builders import NOW, SetClock, a_contact, a_conversation, a_user, an_account, open_database, store

ACCOUNT, CONTACT = an_account(kind="webchat"), a_contact()
ZONE = ZoneInfo("Asia/Shanghai")
STEPS = 150
SKILLS = ("", "loans", "cards")


@dataclass
class Day:
    """A real router on a real database, and people who do what comes into their minds."""

    database: Database
    chance: Random
    clock: SetClock = field(default_factory=SetClock)
    agents: list[User] = field(default_factory=lambda: [a_user(capacity=2) for _ in range(4)])
    queues: list[QueueId] = field(default_factory=list)
    heard: int = 0

    async def begin(self) -> None:
        await self.database.write(store, ACCOUNT, CONTACT, *self.agents)
        for name in ("贷款", "信用卡"):
            self.queues.append(await self.database.write(queues.add, name, NOW, "test"))
            await self.database.write(queues.set_members, self.queues[-1], self.some_agents(), NOW, "test")
        for each in self.agents:
            await self.database.write(states.set_state, each.id, AgentState.READY, NOW, "test", "")
        await self.take_over()

    async def take_over(self) -> None:
        """Another process leads from now on."""
        self.clock.forward(timedelta(minutes=2))
        fence = await self.database.write(
            leases.acquire, LEASE, f"at {self.clock()}", self.clock(), self.clock() + timedelta(minutes=1)
        )
        assert fence is not None
        self.heard, known = await self.database.read(whole_floor, ZONE)
        self.term = Term(self.database, self.clock, fence, known, say_nothing)

    async def route(self) -> None:
        """The router hears what happened, and decides as long as there is something to decide."""
        await self.listen()
        while await self.term.decide():
            await self.listen()

    async def route_in_the_dark(self) -> None:
        """The router decides before it hears what happened."""
        await self.term.decide()

    async def listen(self) -> None:
        batch = await self.database.read(events.after, self.heard, 10_000)
        self.term.news.hear(batch)
        self.heard = batch[-1].position if batch else self.heard

    def some_agents(self) -> frozenset[UserId]:
        return frozenset(each.id for each in self.chance.sample(self.agents, self.chance.randint(1, 4)))

    def agent(self) -> UserId:
        return self.chance.choice(self.agents).id

    def queue(self) -> QueueId:
        return self.chance.choice(self.queues)

    async def somebody_comes(self) -> None:
        chance = self.chance
        skill = chance.choice(SKILLS)
        wish = {"skill": skill, "skill_level": 1 if skill else 0, "weight": chance.choice((1, 2, 4, 8))}
        known = {"owner_id": chance.choice((None, self.agent())), "priority": chance.randint(0, 2)}
        placed = {"state": ConversationState.QUEUED, "queue_id": self.queue(), "unanswered_since": self.clock()}
        for changes in chance.choices(({}, placed | wish | known), k=3):
            await self.database.write(arrive, a_conversation(ACCOUNT.id, CONTACT.id, **changes))

    async def one_is_taken(self) -> None:
        await self.move(lambda change, held: moves.assign(change, held, self.agent(), self.agent(), self.clock(), ""))

    async def one_goes_elsewhere(self) -> None:
        await self.move(
            lambda change, held: moves.give_to_queue(change, held, self.agent(), self.queue(), self.clock(), "not mine")
        )

    async def one_is_settled(self) -> None:
        await self.move(lambda change, held: resolve(change, held, self.clock()))

    async def move(self, act: Callable[[Transaction, Conversation], None]) -> None:
        open_now = await self.database.read(conversations.in_progress)
        for each in self.chance.sample(open_now, min(len(open_now), 2)):
            await self.database.write(act, each)

    async def state_changes(self) -> None:
        state = self.chance.choice((AgentState.READY, AgentState.READY, AgentState.READY, AgentState.BREAK))
        await self.database.write(states.set_state, self.agent(), state, self.clock(), "test", "")

    async def capacity_changes(self) -> None:
        changes: dict[str, object] = {"capacity": self.chance.randint(1, 4)}
        await self.database.write(people.change, self.agent(), changes, self.clock(), "test")

    async def skills_change(self) -> None:
        levels = {self.chance.choice(SKILLS[1:]): self.chance.randint(1, 2)}
        await self.database.write(skills.write, self.agent(), levels, self.clock(), "test")

    async def queue_changes(self) -> None:
        await self.database.write(queues.set_members, self.queue(), self.some_agents(), self.clock(), "test")
        strategy = self.chance.choice(list(Strategy))
        await self.database.write(queues.change, self.queue(), {"strategy": strategy}, self.clock(), "test")

    async def manner_changes(self) -> None:
        values = {
            "grace_seconds": self.chance.choice((0, 60)),
            "last_agent_minutes": self.chance.choice((0, 600)),
            "offer_seconds": self.chance.choice((0, 20)),
            "pause_seconds": self.chance.choice((0, 0, 4)),
        }
        await self.database.write(queues.change, self.queue(), values, self.clock(), "test")

    async def a_manager_is_named(self) -> None:
        await self.move(lambda change, held: name_manager(change, held, self.agent(), self.clock()))

    async def a_deputy_is_named(self) -> None:
        await self.database.write(people.change, self.agent(), {"deputy_id": self.agent()}, self.clock(), "test")

    async def offers_are_answered(self) -> None:
        answers, here = Offers(self.database, self.clock), await self.database.read(conversations.in_progress)
        known = {user.id: user for user in await self.database.read(people.listed)}
        for each in here:
            if each.offered_to is not None and self.chance.random() < 0.7:
                answer = self.chance.choice((answers.accept, answers.decline))
                await answer(known[each.offered_to], each.id)

    async def screens_are_seen(self) -> None:
        here = [each.id for each in self.agents if self.chance.random() < 0.8]
        await self.database.write(states.see, here, self.clock())
        await self.term.look_after_presence()

    async def time_passes(self) -> None:
        self.clock.forward(self.chance.choice((timedelta(seconds=3), PRESENCE / 2, PRESENCE, timedelta(hours=5))))

    async def live(self) -> None:
        """The router looks after some of what happens, so that it is late for some."""
        chances: list[Callable[[], Awaitable[None]]] = [
            *[self.somebody_comes] * 3,
            *[self.one_is_settled] * 3,
            *[self.state_changes] * 4,
            *[self.screens_are_seen] * 4,
            *[self.offers_are_answered] * 2,
            self.manner_changes,
            self.a_manager_is_named,
            self.a_deputy_is_named,
            *[self.route] * 5,
            *[self.route_in_the_dark] * 2,
            self.one_is_taken,
            self.one_goes_elsewhere,
            self.capacity_changes,
            self.skills_change,
            self.queue_changes,
            self.time_passes,
        ]
        for step in range(STEPS):
            if step == STEPS // 2:
                await self.take_over()
            await self.chance.choice(chances)()
            self.clock.forward(timedelta(milliseconds=self.chance.randint(0, 900)))


def name_manager(transaction: Transaction, conversation: Conversation, manager: UserId, now: datetime) -> None:
    """From now on somebody looks after this customer."""
    contacts.describe(transaction, conversation.contact_id, "", [], manager)
    kind = EventKind.CONTACT_CHANGED
    transaction.emit(Event(kind=kind, at=now, actor="test", conversation_id=conversation.id))


def arrive(transaction: Transaction, conversation: Conversation) -> None:
    store(transaction, conversation)
    _tell(transaction, EventKind.CONVERSATION_OPENED, conversation, conversation.opened_at)


def resolve(transaction: Transaction, held: Conversation, now: datetime) -> None:
    settled = {"state": ConversationState.RESOLVED, "resolved_at": now, "assignee_id": None}
    conversations.change(transaction, held.id, settled)
    states.follow_load(transaction, [each for each in [held.assignee_id] if each], now)
    _tell(transaction, EventKind.CONVERSATION_RESOLVED, held, now)


def _tell(transaction: Transaction, kind: EventKind, conversation: Conversation, now: datetime) -> None:
    transaction.emit(Event(kind=kind, at=now, actor="test", conversation_id=conversation.id))


@asynccontextmanager
async def a_day(url: str, seed: int) -> AsyncIterator[Day]:
    async with open_database(url) as database:
        day = Day(database, Random(seed))  # noqa: S311  # the same day every time
        await day.begin()
        yield day
