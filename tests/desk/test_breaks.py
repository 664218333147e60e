"""Breaks that a shift, the colleagues or a supervisor allow or not."""

import asyncio
from datetime import timedelta

import pytest

from conversations.events import EventKind
from conversations.ids import QueueId, ShiftId, new_id
from conversations.people import AgentState, Role, User
from conversations.shifts import Shift
from desk.errors import Refused
from desk.merging import Merging
from desk.presence import Presence
from desk.supervision import Supervision
from storage import alerts, breaks, people, queues, shifts, states
from storage.database import Transaction
from tests.support.builders import a_user, store
from tests.support.core import Core

MINUTE = timedelta(minutes=1)


async def a_worker(core: Core, *, begun: timedelta | None = None, **changes: object) -> User:
    """Somebody who is ready, in a shift of eight hours that began so long ago, if in any."""
    user = a_user(**changes)

    def start(transaction: Transaction) -> None:
        now = core.clock()
        store(transaction, user)
        states.set_state(transaction, user.id, AgentState.READY, now, user.id, "")
        if begun is not None:
            since = now - begun
            shift = Shift(id=ShiftId(new_id()), user_id=user.id, since=since, until=since + timedelta(hours=8))
            shifts.add(transaction, [shift], now, "test", "")

    await core.database.write(start)
    return user


async def rest(core: Core, user: User, reason: str = "rest") -> AgentState:
    return (await Presence(core.database, core.clock).choose(user, AgentState.BREAK, reason)).state


async def test_ten_minutes_into_a_shift_there_is_no_break(core: Core) -> None:
    """The clock stands at 12:00 in Shanghai; a shift that began ten minutes ago allows breaks from 12:20."""
    mei = await a_worker(core, begun=10 * MINUTE)
    with pytest.raises(Refused, match=r"Breaks are possible from 12:20\."):
        await rest(core, mei)
    assert await rest(core, mei, "training") is AgentState.BREAK, "that is work"
    core.clock.forward(20 * MINUTE)
    assert await rest(core, mei) is AgentState.BREAK


async def test_a_supervisor_allows_one_break_and_it_is_told(core: Core) -> None:
    mei = await a_worker(core, begun=10 * MINUTE)
    boss = await a_worker(core, role=Role.SUPERVISOR)
    supervision = Supervision(core.database, core.clock)
    with pytest.raises(Refused, match="Say why"):
        await supervision.permit_break(boss, mei.id, "")
    await supervision.permit_break(boss, mei.id, "feels ill")
    (told,) = await core.story(EventKind.BREAK_PERMITTED)
    assert (told.actor, told.subject_id, told.reason) == (boss.id, mei.id, "feels ill")
    assert await core.database.read(alerts.unread, [mei.id]) == {mei.id: 1}
    assert await rest(core, mei) is AgentState.BREAK
    await Presence(core.database, core.clock).choose(mei, AgentState.READY)
    with pytest.raises(Refused):
        await rest(core, mei)


async def test_what_was_allowed_is_good_for_fifteen_minutes(core: Core) -> None:
    mei = await a_worker(core, begun=timedelta(0))
    await Supervision(core.database, core.clock).permit_break(mei, mei.id, "feels ill")
    core.clock.forward(15 * MINUTE)
    with pytest.raises(Refused):
        await rest(core, mei)


async def a_queue(core: Core, most: int, *members: User, name: str = "Loans") -> QueueId:
    def make(transaction: Transaction) -> QueueId:
        now = core.clock()
        queue_id = queues.add(transaction, name, now, "test")
        queues.set_members(transaction, queue_id, frozenset(each.id for each in members), now, "test")
        breaks.set_limits(transaction, {queue_id: most}, now, "test")
        return queue_id

    return await core.database.write(make)


async def test_only_so_many_of_a_queue_are_on_a_break(core: Core) -> None:
    """A short break lasts a quarter of an hour, so the first is back at 12:15."""
    mei, lei, bo = [await a_worker(core) for _ in range(3)]
    await a_queue(core, 1, mei, lei)
    await rest(core, mei)
    with pytest.raises(Refused, match=r"Loans: as many as may be are on a break until 12:15\."):
        await rest(core, lei)
    assert await rest(core, bo) is AgentState.BREAK, "somebody of another queue"
    assert await rest(core, mei, "meal") is AgentState.BREAK, "that is the same break"
    await Presence(core.database, core.clock).choose(mei, AgentState.READY)
    assert await rest(core, lei) is AgentState.BREAK


async def test_of_merged_queues_all_are_counted_who_work_there(core: Core) -> None:
    mei, lei, bo = [await a_worker(core) for _ in range(3)]
    loans, cards = await a_queue(core, 1, mei, lei), await a_queue(core, 0, bo, name="Cards")
    merging = Merging(core.database, core.clock)
    merge = await merging.merge(mei, [loans, cards], None, "a rush")
    await rest(core, bo)
    with pytest.raises(Refused, match=r"Loans: as many as may be are on a break until 12:15\."):
        await rest(core, mei)
    await merging.part(mei, merge.id, "it is over")
    assert await rest(core, mei) is AgentState.BREAK
    with pytest.raises(Refused, match="Loans"):
        await rest(core, lei)


async def test_who_works_in_a_merged_queue_keeps_to_its_limit(core: Core, other: Core) -> None:
    """Also when both ask in the same instant."""
    mei, bo = [await a_worker(core) for _ in range(2)]
    loans, cards = await a_queue(core, 1, mei), await a_queue(core, 0, bo, name="Cards")
    await Merging(core.database, core.clock).merge(mei, [loans, cards], None, "a rush")
    results = await asyncio.gather(rest(core, mei), rest(other, bo), return_exceptions=True)
    assert sum(isinstance(each, Refused) for each in results) == 1


async def test_of_two_who_ask_in_the_same_instant_one_waits(core: Core, other: Core) -> None:
    mei, lei = [await a_worker(core) for _ in range(2)]
    await a_queue(core, 1, mei, lei)
    results = await asyncio.gather(rest(core, mei), rest(other, lei), return_exceptions=True)
    assert sum(isinstance(each, Refused) for each in results) == 1
    found = await core.database.read(people.many, [mei.id, lei.id])
    assert sorted(each.state for each in found.values()) == [AgentState.BREAK, AgentState.READY]
