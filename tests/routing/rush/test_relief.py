"""Overflow on real databases: it fires at its threshold, helps, returns on recovery, and survives its leader."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from conversations.conversation import Conversation, ConversationState
from conversations.events import Event, EventKind
from conversations.ids import AnnouncementId, ConversationId, QueueId, StepId, UserId, new_id
from conversations.overflow import Remedy, Step, Trigger
from conversations.people import AgentState, Role
from conversations.wishes import Wish
from routing.rush.pressure import HOLD, usual_release
from routing.rush.relief import switches
from routing.rush.watching import Watch
from routing.team import PRESENCE
from routing.term import Term, whole_floor
from routing.writing import LEASE
from storage import (
    alerts,
    conversations,
    emergency,
    events,
    holdings,
    leases,
    overflow,
    pressure,
    queues,
    skills,
    states,
)
from storage.database import Connection, Database, Transaction
from storage.emergency import Emergency
from tests.support.builders import (
    NOW,
    SetClock,
    a_contact,
    a_conversation,
    a_user,
    an_account,
    open_database,
    store,
)

ACCOUNT, CONTACT = an_account(), a_contact()
ANN, BOB = a_user(login="ann", capacity=2), a_user(login="bob", capacity=100)
BOSS = a_user(login="boss", role=Role.SUPERVISOR)
"""Ann works in loans; Bob works in cards."""

SECOND = timedelta(seconds=1)
TURNS = (EventKind.OVERFLOW_BEGAN, EventKind.OVERFLOW_ENDED)


@dataclass
class Floor:
    """A leader's view, at a time that a test sets."""

    database: Database
    fence: int
    loans: QueueId
    cards: QueueId
    clock: SetClock = field(default_factory=SetClock)
    said: list[tuple[ConversationId, str]] = field(default_factory=list)

    async def look(self) -> None:
        """What a leader who begins now does: watch until nothing is left, then decide."""
        watch = Watch(self.database, self.clock, self.fence, self.say)
        while await watch.look():
            pass
        _, known = await self.database.read(whole_floor, UTC)
        await Term(self.database, self.clock, self.fence, known, self.say).decide()

    def say(
        self, _: Transaction, conversation: Conversation, words: Mapping[str, str], about: str, now: object
    ) -> None:
        self.said.append((conversation.id, words["en"]))

    async def step(self, **changes: Any) -> Step:
        fields: dict[str, Any] = {"id": StepId(new_id()), "queue_id": self.loans, "remedy": Remedy.ALERT, "limit": 5}
        step = Step(**fields | {"trigger": Trigger.WAITING} | changes)
        step = replace(step, release=usual_release(step.trigger, step.limit))
        await self.database.write(overflow.save, step, self.clock.now, BOSS.id)
        return step

    async def arrive(self, number: int, **changes: Any) -> list[ConversationId]:
        since = {"opened_at": self.clock.now, "unanswered_since": self.clock.now}
        queued = {"state": ConversationState.QUEUED, "queue_id": self.loans}
        rows = [a_conversation(ACCOUNT.id, CONTACT.id, **{**since, **queued, **changes}) for _ in range(number)]
        await self.database.write(store, *rows)
        return [row.id for row in rows]

    async def turns(self) -> list[Event]:
        return [event for event in await self.database.read(events.after, 0, 100_000) if event.kind in TURNS]

    async def loads(self) -> dict[UserId, int]:
        return {each: load // 4 for each, load in (await self.database.read(loads)).items()}


def loads(connection: Connection) -> dict[UserId, int]:
    return holdings.loads(connection, [ANN.id, BOB.id])


def set_up(transaction: Transaction) -> tuple[int, QueueId, QueueId]:
    store(transaction, ACCOUNT, CONTACT, ANN, BOB, BOSS)
    loans, cards = queues.add(transaction, "loans", NOW, "test"), queues.add(transaction, "cards", NOW, "test")
    for agent, queue_id in ((ANN, loans), (BOB, cards)):
        queues.set_members(transaction, queue_id, frozenset((agent.id,)), NOW, "test")
        states.set_state(transaction, agent.id, AgentState.READY, NOW, agent.id, "")
    fence = leases.acquire(transaction, LEASE, "here", NOW, NOW + timedelta(days=1))
    assert fence is not None
    return fence, loans, cards


def be_seen(transaction: Transaction, floor: Floor) -> None:
    states.see(transaction, [ANN.id, BOB.id], floor.clock.now)


def resolve(transaction: Transaction, agent: UserId, number: int) -> None:
    for each in holdings.held_by(transaction, agent)[:number]:
        conversations.change(transaction, each.id, {"state": ConversationState.RESOLVED, "resolved_at": NOW})


async def test_a_load_overflows_at_its_threshold_and_comes_back_when_it_is_over(database_url: str) -> None:
    """Three come each second, Ann serves one; loans may keep 30 waiting, then cards help until they are 15."""
    async with open_database(database_url) as database:
        floor = Floor(database, *await database.write(set_up))
        step = await floor.step(limit=30, remedy=Remedy.WIDEN, helpers=frozenset((floor.cards,)))
        waited: list[int] = []
        for second in range(120):
            await database.write(be_seen, floor)
            await floor.arrive(3 if second < 20 else 0)
            await floor.look()
            waited.append(len([row for row in await database.read(conversations.in_progress) if not row.assignee_id]))
            await database.write(resolve, ANN.id, 1)
            floor.clock.forward(SECOND)
        began, ended = await floor.turns()
    assert (began.kind, began.subject_id) == (EventKind.OVERFLOW_BEGAN, step.id)
    assert ended.kind is EventKind.OVERFLOW_ENDED
    assert [began.reason, ended.reason] == ["loans: 32 waiting, limit 30", "loans: 0 waiting again"]
    assert ended.at - began.at == HOLD
    assert max(waited) <= 30
    assert waited[-1] == 0


async def test_helpers_help_only_while_it_lasts(database_url: str) -> None:
    async with open_database(database_url) as database:
        floor = Floor(database, *await database.write(set_up))
        await floor.step(limit=5, remedy=Remedy.WIDEN, helpers=frozenset((floor.cards,)))
        await database.write(be_seen, floor)
        await floor.arrive(5)
        await floor.look()
        assert await floor.loads() == {ANN.id: 2}
        await floor.arrive(3)
        await floor.look()
        assert await floor.loads() == {ANN.id: 2, BOB.id: 6}
        floor.clock.forward(HOLD)
        await database.write(be_seen, floor)
        await floor.look()
        await floor.arrive(5)
        await floor.look()
        assert await floor.loads() == {ANN.id: 2, BOB.id: 6}, "six more would be needed"


async def test_a_new_leader_goes_on_where_the_old_one_stopped(database_url: str) -> None:
    async with open_database(database_url) as database:
        floor = Floor(database, *await database.write(set_up))
        step = await floor.step(limit=2)
        await floor.arrive(5)
        await floor.look()
        await floor.look()
        on = await database.read(overflow.get, step.id)
        assert on is not None
        assert on.on_since == NOW
        assert len(await floor.turns()) == 1
        told = await database.read(alerts.listed, BOSS.id, 10)
    assert [(each.kind, each.reason) for each in told] == [(EventKind.OVERFLOW_BEGAN, "loans: 5 waiting, limit 2")]


async def test_those_who_wait_are_told_once(database_url: str) -> None:
    async with open_database(database_url) as database:
        floor = Floor(database, *await database.write(set_up))
        await floor.step(trigger=Trigger.WAITED, limit=30, remedy=Remedy.TELL, texts={"en": "Leave a message."})
        early = await floor.arrive(2)
        floor.clock.forward(31 * SECOND)
        late = await floor.arrive(1)
        await floor.look()
        await floor.look()
        assert sorted(floor.said) == [(each, "Leave a message.") for each in sorted(early)]
        floor.clock.forward(31 * SECOND)
        await floor.look()
        assert sorted(each for each, _ in floor.said) == sorted(early + late)


async def test_a_skill_that_nobody_has_is_asked_for_in_vain_for_ten_minutes_only(database_url: str) -> None:
    async with open_database(database_url) as database:
        floor = Floor(database, *await database.write(set_up))
        await database.write(skills.write, ANN.id, {"english": 1}, NOW, "test")
        (rare,) = await floor.arrive(1, skill="klingon", skill_level=2)
        floor.clock.forward(timedelta(minutes=10))
        await database.write(be_seen, floor)
        await floor.look()
        assert await floor.loads() == {}
        floor.clock.forward(SECOND)
        await floor.look()
        assert await floor.loads() == {ANN.id: 1}
        story = await database.read(events.after, 0, 1000)
    assert [each.reason for each in story if each.conversation_id == rare] == [
        'waited too long for the skill "klingon" → whoever is there',
        "lowest load 0 of 2",
    ]


async def test_a_service_level_counts_who_came_in_the_last_half_hour(database_url: str) -> None:
    """Two of four get an agent at once; the others wait longer than 20 seconds."""
    async with open_database(database_url) as database:
        floor = Floor(database, *await database.write(set_up))
        await floor.step(trigger=Trigger.LEVEL, limit=60, within=20)
        await database.write(be_seen, floor)
        await floor.arrive(4)
        await floor.look()
        floor.clock.forward(20 * SECOND)
        assert await database.read(switches, floor.clock.now) == []
        floor.clock.forward(SECOND)
        (switch,) = await database.read(switches, floor.clock.now)
    assert switch.reason == "loans: 50 % served within 20 s, limit 60 %"


async def test_whoever_left_a_message_instead_does_not_press(database_url: str) -> None:
    """Five may wait. Nine are in line, and four of them asked for something else; one more is one too many."""
    async with open_database(database_url) as database:
        floor = Floor(database, *await database.write(set_up))
        await floor.step(limit=5)
        await floor.arrive(5)
        await floor.arrive(3, wish=Wish.MESSAGE)
        await floor.arrive(1, wish=Wish.CALLBACK)
        assert await database.read(switches, floor.clock.now) == []
        await floor.arrive(1)
        (switch,) = await database.read(switches, floor.clock.now)
    assert switch.reason == "loans: 6 waiting, limit 5"


@pytest.mark.parametrize("kind", [EventKind.CONVERSATION_WISHED, EventKind.CONVERSATION_RESOLVED])
@pytest.mark.parametrize(("seconds", "level"), [(20, 66), (21, 50)])
async def test_whoever_leaves_in_time_does_not_count_against_the_level(
    database_url: str, kind: EventKind, seconds: int, level: int
) -> None:
    """Two of four get an agent at once. Of the others one leaves: within the 20 seconds it is two of three, 66 %."""
    async with open_database(database_url) as database:
        floor = Floor(database, *await database.write(set_up))
        await database.write(be_seen, floor)
        *_, last = await floor.arrive(4)
        await floor.look()
        floor.clock.forward(seconds * SECOND)
        left = Event(kind=kind, at=floor.clock.now, actor="contact", conversation_id=last)
        await database.write(lambda transaction: transaction.emit(left))
        floor.clock.forward(SECOND)
        found = await database.read(pressure.service_levels, NOW, floor.clock.now, 20)
    assert found == {floor.loans: level}


async def test_nobody_ready_is_over_when_somebody_is(database_url: str) -> None:
    async with open_database(database_url) as database:
        floor = Floor(database, *await database.write(set_up))
        await floor.step(trigger=Trigger.NOBODY)
        await floor.arrive(1, skill="klingon", skill_level=1)
        await floor.look()
        assert await floor.turns() == []
        floor.clock.forward(PRESENCE + SECOND)
        await floor.look()
        floor.clock.forward(HOLD)
        await database.write(be_seen, floor)
        await floor.look()
        told = [each.reason for each in await floor.turns()]
    assert told == ["loans: 1 waiting and nobody ready", "loans: somebody is ready again"]


async def test_in_an_emergency_everybody_who_waits_or_writes_is_told_once(database_url: str) -> None:
    async with open_database(database_url) as database:
        floor = Floor(database, *await database.write(set_up))
        await database.write(be_seen, floor)
        served = await floor.arrive(2)
        await floor.look()
        answered, unanswered = served
        await database.write(conversations.change, answered, {"unanswered_since": None, "state": "waiting"})
        waiting = await floor.arrive(2)
        unplaced = await floor.arrive(1, state=ConversationState.NEW, queue_id=None)
        new = Emergency(
            id=AnnouncementId("e"), texts={"en": "Outage."}, reason="core", begun_at=floor.clock.now, begun_by=BOSS.id
        )
        await database.write(emergency.begin, new)
        await floor.look()
        await floor.look()
        assert sorted(each for each, _ in floor.said) == sorted([unanswered, *waiting, *unplaced])
        late = await floor.arrive(1)
        await floor.look()
        assert floor.said[-1] == (late[0], "Outage.")
        await database.write(emergency.end, floor.clock.now, BOSS.id, "it is up")
        await floor.arrive(1)
        await floor.look()
    assert len(floor.said) == 5
