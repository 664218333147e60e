"""Nobody leaves with open conversations: somebody takes them on, or they go back; each step has its name and word."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from conversations.conversation import Conversation, ConversationState
from conversations.events import EventKind
from conversations.handovers import Briefing, HandoverState
from conversations.ids import ConversationId, QueueId, UserId
from conversations.people import AgentState, Role, User
from conversations.states import AFTERWARDS
from desk.errors import FirstDo, NotFound, Refused
from desk.handovers import Handovers
from desk.people import People
from desk.presence import Presence
from desk.supervision import Supervision
from storage import conversations, handovers, holdings, people, queues, states, tables, wrap_up
from storage.database import Transaction
from tests.support.builders import NOW, SetClock, a_user, store
from tests.support.core import HAN, LI, Core, open_core
from tests.support.eventually import eventually
from tests.support.fake_channel import FakeProvider

HOLD = "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE NOWAIT"
IS_WAITED_FOR = "SELECT bool_or(pg_backend_pid() = ANY(pg_blocking_pids(pid))) FROM pg_stat_activity"

BRIEFING = Briefing(note="two calm ones", equipment="headset 4 is broken")


@dataclass(frozen=True)
class Shift:
    """Mei has two customers; Tao works in the same queue, Lin in another, Boss supervises. All are at work."""

    core: Core
    desk: Handovers
    queue: QueueId
    mei: User
    tao: User
    lin: User
    boss: User
    first: ConversationId
    second: ConversationId

    async def of(self, user: User) -> Sequence[Conversation]:
        return await self.core.database.read(holdings.with_agent, user.id)

    async def now(self, user: User) -> User:
        found = await self.core.database.read(people.get, user.id)
        assert found is not None
        return found

    async def leave(self) -> None:
        await Presence(self.core.database, self.core.clock).choose(self.mei, AgentState.OFFLINE)


@pytest.fixture
async def shift(core: Core) -> Shift:
    return await begin_shift(core)


async def begin_shift(core: Core) -> Shift:
    heard = [(await core.hear(address=each)).conversation_id for each in (LI, HAN)]
    people_there = a_user(name="Mei"), a_user(name="Tao"), a_user(name="Lin"), a_user(name="Boss", role=Role.SUPERVISOR)
    queue = await core.database.write(furnish, people_there, heard)
    found = await core.database.read(people.many, [each.id for each in people_there])
    core.clock.forward(timedelta(minutes=1))
    mei, tao, lin, boss = (found[each.id] for each in people_there)
    return Shift(core, Handovers(core.database, core.clock), queue, mei, tao, lin, boss, *heard)


def furnish(transaction: Transaction, there: Sequence[User], heard: Sequence[ConversationId]) -> QueueId:
    store(transaction, *there)
    mei, tao, _, _ = there
    queue = queues.add(transaction, "loans", NOW, "test")
    queues.set_members(transaction, queue, frozenset((mei.id, tao.id)), NOW, "test")
    for each in there:
        states.set_state(transaction, each.id, AgentState.READY, NOW, each.id, "")
    for conversation_id in heard:
        values = {"queue_id": queue, "state": ConversationState.ASSIGNED, "assignee_id": mei.id, "owner_id": mei.id}
        conversations.change(transaction, conversation_id, values)
    return queue


async def test_a_shift_does_not_end_with_an_unsigned_hand_over(shift: Shift) -> None:
    with pytest.raises(FirstDo, match="Hand them over first") as refused:
        await shift.leave()
    assert refused.value.first == "hand-over"
    await shift.desk.offer(shift.mei, BRIEFING, to=shift.tao.id)
    with pytest.raises(FirstDo, match="not accepted yet"):
        await shift.leave()
    assert (await shift.now(shift.mei)).state is AgentState.WRAP_UP


async def test_nothing_new_comes_to_who_waits_to_leave(shift: Shift) -> None:
    """Not by their own word, and not when the time to wrap up after a matter is over."""
    database, clock = shift.core.database, shift.core.clock
    until = clock() + timedelta(seconds=30)
    values = (shift.mei.id, AgentState.WRAP_UP, clock(), "system", AFTERWARDS)
    await database.write(lambda transaction: states.set_state(transaction, *values, until=until))
    await shift.desk.offer(shift.mei, BRIEFING, to=shift.tao.id)
    clock.forward(timedelta(minutes=1))
    await database.write(wrap_up.finish, [shift.mei.id], clock())
    assert (await shift.now(shift.mei)).state is AgentState.WRAP_UP
    with pytest.raises(Refused, match="Withdraw it first"):
        await Presence(database, clock).choose(shift.mei, AgentState.READY)


async def test_what_is_accepted_changes_hands_at_once_and_keeps_its_owner(shift: Shift) -> None:
    briefing = Briefing(note="two calm ones", notes={shift.first: "wants a call at six"})
    handover = await shift.desk.offer(shift.mei, briefing, to=shift.tao.id)
    await shift.desk.accept(shift.tao, handover.id, "got it")
    assert await shift.of(shift.mei) == []
    taken = await shift.of(shift.tao)
    assert [(each.id, each.owner_id) for each in taken] == [(shift.first, shift.mei.id), (shift.second, shift.mei.id)]
    assert (await shift.now(shift.mei)).state is AgentState.OFFLINE
    noted = [each for each in await shift.core.rows(tables.messages) if each.author_id == shift.mei.id]
    assert len(noted) == 1
    told = [(each.actor, each.reason) for each in await shift.core.story(EventKind.HANDOVER_SETTLED)]
    assert told == [(shift.tao.id, "got it")]


async def test_whoever_is_asked_may_decline_with_a_word(shift: Shift) -> None:
    handover = await shift.desk.offer(shift.mei, BRIEFING, to=shift.tao.id)
    with pytest.raises(Refused, match="why you decline"):
        await shift.desk.decline(shift.tao, handover.id, "")
    with pytest.raises(NotFound):
        await shift.desk.decline(shift.lin, handover.id, "not mine")
    await shift.desk.decline(shift.tao, handover.id, "I leave too")
    assert len(await shift.of(shift.mei)) == 2
    with pytest.raises(Refused, match="settled meanwhile"):
        await shift.desk.accept(shift.tao, handover.id, "after all")


async def test_what_is_withdrawn_can_be_offered_again(shift: Shift) -> None:
    first = await shift.desk.offer(shift.mei, BRIEFING, to=shift.tao.id)
    with pytest.raises(Refused, match="not accepted yet"):
        await shift.desk.offer(shift.mei, BRIEFING, to=shift.tao.id)
    await shift.desk.withdraw(shift.mei, first.id)
    assert (await shift.desk.offer(shift.mei, BRIEFING, to=shift.boss.id)).id != first.id


async def test_only_those_can_be_asked_who_may_take_all_of_it(shift: Shift) -> None:
    """Lin does not work in this queue; who is offline cannot be asked at all."""
    assert [each.name for each in (await shift.desk.matter(shift.mei)).receivers] == ["Boss", "Tao"]
    await Presence(shift.core.database, shift.core.clock).choose(shift.tao, AgentState.OFFLINE)
    for nobody in (shift.lin.id, shift.tao.id, shift.mei.id, UserId("nobody")):
        with pytest.raises(Refused, match="cannot take all"):
            await shift.desk.offer(shift.mei, BRIEFING, to=nobody)


async def test_more_than_the_receiver_can_have_is_taken_by_their_own_word_only(shift: Shift) -> None:
    await shift.core.database.write(lambda tx: people.change(tx, shift.tao.id, {"capacity": 1}, NOW, "test"))
    handover = await shift.desk.offer(shift.mei, BRIEFING, to=shift.tao.id)
    with pytest.raises(Refused, match="more than you can have"):
        await shift.desk.accept(shift.tao, handover.id, "")
    assert len(await shift.of(shift.mei)) == 2
    await shift.desk.accept(shift.tao, handover.id, "", beyond_capacity=True)
    assert len(await shift.of(shift.tao)) == 2


async def test_without_a_receiver_everything_goes_back_to_the_queue_with_the_note(shift: Shift) -> None:
    with pytest.raises(Refused, match="Write what"):
        await shift.desk.offer(shift.mei, Briefing(note=""))
    handover = await shift.desk.offer(shift.mei, BRIEFING)
    found = await shift.core.database.read(conversations.get, shift.first)
    assert found is not None
    assert (found.state, found.queue_id, found.owner_id) == (ConversationState.QUEUED, shift.queue, shift.mei.id)
    assert (await shift.now(shift.mei)).state is AgentState.OFFLINE
    told = [each.reason for each in await shift.core.story(EventKind.CONVERSATION_QUEUED)]
    assert told == [BRIEFING.note, BRIEFING.note]
    (kept,) = await shift.core.database.read(handovers.between, NOW, NOW + timedelta(days=1), shift.mei.id)
    assert (kept.id, kept.state, kept.briefing) == (handover.id, HandoverState.QUEUED, BRIEFING)


async def test_a_supervisor_lets_somebody_go_with_a_reason(shift: Shift) -> None:
    await shift.desk.offer(shift.mei, BRIEFING, to=shift.tao.id)
    supervision = Supervision(shift.core.database, shift.core.clock)
    with pytest.raises(Refused, match="Let them go instead"):
        await supervision.force_state(shift.boss, shift.mei.id, AgentState.OFFLINE, "it is late")
    with pytest.raises(Refused, match="Say why"):
        await shift.desk.release(shift.boss, shift.mei.id, "")
    await shift.desk.release(shift.boss, shift.mei.id, "her train")
    assert (await shift.now(shift.mei)).state is AgentState.OFFLINE
    assert await shift.of(shift.mei) == []
    (settled,) = await shift.core.story(EventKind.HANDOVER_SETTLED)
    assert (settled.actor, settled.reason, settled.data["state"]) == (shift.boss.id, "her train", "released")
    with pytest.raises(NotFound):
        await shift.desk.release(shift.boss, shift.mei.id, "again")


async def test_signing_off_ends_the_session_and_the_state_is_out(shift: Shift) -> None:
    persons = People(shift.core.database, shift.core.clock, timedelta(hours=12))
    session = await persons.accept(await persons.invite(shift.mei.id))
    with pytest.raises(FirstDo):
        await persons.sign_out(session.token)
    assert await persons.session(session.token) is not None
    handover = await shift.desk.offer(shift.mei, BRIEFING, to=shift.tao.id, signs_out=True)
    assert await persons.session(session.token) is not None
    await shift.desk.accept(shift.tao, handover.id, "good night")
    assert await persons.session(session.token) is None
    assert (await shift.now(shift.mei)).state is AgentState.OFFLINE


async def test_two_hand_overs_that_cross_do_not_wait_for_each_other(postgresql_url: str, tmp_path: Path) -> None:
    """While the first of two people is held elsewhere, taking a hand-over on does not hold the second."""
    async with open_core(postgresql_url, tmp_path, FakeProvider(), SetClock()) as core:
        shift = await begin_shift(core)
        assert shift.mei.id < shift.tao.id
        handover = await shift.desk.offer(shift.mei, BRIEFING, to=shift.tao.id)
        crossing = await asyncpg.connect(postgresql_url)
        async with crossing.transaction():
            await crossing.execute(HOLD, shift.mei.id)
            taking = asyncio.create_task(shift.desk.accept(shift.tao, handover.id, "got it"))

            async def is_waited_for() -> bool:
                return bool(await crossing.fetchval(IS_WAITED_FOR))

            await eventually(is_waited_for, "the one who takes it on waits")
            await crossing.execute(HOLD, shift.tao.id)
        await crossing.close()
        await taking
        assert len(await shift.of(shift.tao)) == 2
