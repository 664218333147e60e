"""Asking people back from a break reaches only those who may be asked, and their answers are kept."""

from datetime import timedelta

import pytest

from conversations.events import EventKind
from conversations.ids import QueueId, ShiftId, new_id
from conversations.people import AgentState, Role, User
from conversations.shifts import PlannedBreak, RosterRules, Shift
from desk.errors import NotFound, Refused
from desk.recalls import Recalls, waiting_for
from storage import alerts, people, queues, recalls, shifts, states
from storage.database import Transaction
from tests.support.builders import NOW, a_user, store
from tests.support.core import Core

MINUTE = timedelta(minutes=1)


class Room:
    """A queue: Mei rests, Lei eats as planned, Tao works; Bo rests in another queue."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.recalls = Recalls(core.database, core.clock)
        self.boss = a_user(role=Role.SUPERVISOR)
        self.mei, self.lei, self.tao, self.bo = (a_user() for _ in range(4))
        self.queue_id = QueueId("")

    async def fill(self) -> None:
        await self.core.database.write(self._fill)

    def _fill(self, transaction: Transaction) -> None:
        store(transaction, self.boss, self.mei, self.lei, self.tao, self.bo)
        self.queue_id = queues.add(transaction, "Loans", NOW, "test")
        members = frozenset(each.id for each in (self.mei, self.lei, self.tao))
        queues.set_members(transaction, self.queue_id, members, NOW, "test")
        meal = PlannedBreak("meal", NOW, NOW + 60 * MINUTE)
        since, until = NOW - 180 * MINUTE, NOW + 300 * MINUTE
        shift = Shift(id=ShiftId(new_id()), user_id=self.lei.id, since=since, until=until, breaks=(meal,))
        shifts.add(transaction, [shift], NOW, "test", "")
        for user, reason in ((self.mei, "rest"), (self.lei, "meal"), (self.bo, "rest")):
            states.set_state(transaction, user.id, AgentState.BREAK, NOW, user.id, reason)
        states.set_state(transaction, self.tao.id, AgentState.READY, NOW, self.tao.id, "")

    async def ask(self) -> set[str]:
        """Whom it reached."""
        return {each.user_id for each in await self.recalls.ask(self.boss, self.queue_id, "a rush")}

    async def user(self, user: User) -> User:
        found = await self.core.database.read(people.get, user.id)
        assert found is not None
        return found


@pytest.fixture
async def room(core: Core) -> Room:
    room = Room(core)
    await room.fill()
    return room


async def test_it_reaches_only_those_of_the_queue_whose_break_may_be_interrupted(room: Room) -> None:
    assert await room.ask() == {room.mei.id}
    assert await room.core.database.read(alerts.unread, [room.mei.id, room.lei.id]) == {room.mei.id: 1}
    with pytest.raises(Refused, match="Nobody of this queue"):
        await room.ask()


async def test_a_planned_meal_is_protected_only_if_that_is_set(room: Room) -> None:
    rules = RosterRules(meal_protected=0)
    await room.core.database.write(shifts.set_rules, rules, NOW, "test")
    assert await room.ask() == {room.mei.id, room.lei.id}


async def test_a_meal_that_lasts_longer_than_planned_may_be_interrupted(room: Room) -> None:
    room.core.clock.forward(60 * MINUTE)
    assert await room.ask() == {room.mei.id, room.lei.id}


async def test_who_comes_is_ready_and_the_answer_is_kept(room: Room) -> None:
    await room.ask()
    open_one = await room.core.database.read(waiting_for, await room.user(room.mei))
    assert open_one is not None
    with pytest.raises(Refused, match="answered already"):
        await room.recalls.answer(room.bo, open_one.id, True)
    room.core.clock.forward(MINUTE)
    await room.recalls.answer(room.mei, open_one.id, True)
    assert (await room.user(room.mei)).state is AgentState.READY
    with pytest.raises(Refused, match="answered already"):
        await room.recalls.answer(room.mei, open_one.id, False)
    (kept,) = await room.core.database.read(recalls.since, NOW)
    assert (kept.comes, kept.answered_at, kept.asked_by) == (True, NOW + MINUTE, room.boss.id)
    story = await room.core.story(EventKind.RECALL_ASKED, EventKind.RECALL_ANSWERED)
    assert [(each.actor, each.subject_id, each.reason) for each in story] == [
        (room.boss.id, room.mei.id, "a rush"),
        (room.mei.id, room.mei.id, "comes back"),
    ]


async def test_who_does_not_come_rests_on_and_may_be_asked_again(room: Room) -> None:
    await room.ask()
    open_one = await room.core.database.read(waiting_for, await room.user(room.mei))
    assert open_one is not None
    await room.recalls.answer(room.mei, open_one.id, False)
    assert (await room.user(room.mei)).state is AgentState.BREAK
    assert await room.core.database.read(waiting_for, await room.user(room.mei)) is None
    assert await room.ask() == {room.mei.id}


async def test_what_was_asked_in_an_earlier_break_is_over(room: Room) -> None:
    await room.ask()
    room.core.clock.forward(MINUTE)
    for state, reason in ((AgentState.READY, ""), (AgentState.BREAK, "rest")):
        room.core.clock.forward(MINUTE)
        await room.core.database.write(states.set_state, room.mei.id, state, room.core.clock(), room.mei.id, reason)
    assert await room.core.database.read(waiting_for, await room.user(room.mei)) is None
    assert await room.ask() == {room.mei.id}


async def test_it_needs_a_reason_and_a_queue(room: Room) -> None:
    with pytest.raises(Refused, match="Say why"):
        await room.recalls.ask(room.boss, room.queue_id, "")
    with pytest.raises(NotFound):
        await room.recalls.ask(room.boss, QueueId("none"), "a rush")
