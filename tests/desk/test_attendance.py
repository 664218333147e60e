"""Time that somebody lost counts only when another person says so."""

from datetime import timedelta

import pytest

from conversations.events import EventKind
from conversations.ids import ShiftId, new_id
from conversations.people import AgentState, Role, User
from conversations.shifts import Shift
from desk.attendance import Attendance
from desk.errors import NotFound, Refused
from storage import alerts, shifts, states
from storage.database import Transaction
from tests.support.builders import NOW, a_user, store
from tests.support.core import Core

HOUR = timedelta(hours=1)
TODAY = NOW.date()


async def a_day(core: Core) -> tuple[User, User, User]:
    """Somebody who worked one of two planned hours, and two supervisors; it is noon in Shanghai."""
    ann, boss, chief = a_user(), a_user(role=Role.SUPERVISOR), a_user(role=Role.SUPERVISOR)

    def work(transaction: Transaction) -> None:
        store(transaction, ann, boss, chief)
        shift = Shift(id=ShiftId(new_id()), user_id=ann.id, since=NOW, until=NOW + 2 * HOUR)
        shifts.add(transaction, [shift], NOW, boss.id, "")
        states.set_state(transaction, ann.id, AgentState.READY, NOW, ann.id, "")
        states.set_state(transaction, ann.id, AgentState.CONNECTION_LOST, NOW + HOUR, "system", "ready")

    await core.database.write(work)
    core.clock.forward(3 * HOUR)
    return ann, boss, chief


async def adherence(core: Core, viewer: User) -> float | None:
    report = await Attendance(core.database, core.clock).of_day(viewer, TODAY)
    ((_, record),) = report.records
    return record.adherence


async def test_lost_time_changes_the_figure_only_with_an_approver(core: Core) -> None:
    ann, boss, chief = await a_day(core)
    attendance = Attendance(core.database, core.clock)
    assert await adherence(core, ann) == 0.5
    lost = await attendance.enter(boss, ann.id, NOW + HOUR, NOW + 2 * HOUR, "network")
    assert await adherence(core, ann) == 0.5
    with pytest.raises(Refused, match="Somebody else decides"):
        await attendance.decide(boss, lost.id, True)
    with pytest.raises(Refused, match="Somebody else decides"):
        await attendance.decide(ann, lost.id, True)
    await attendance.decide(chief, lost.id, True)
    assert await adherence(core, ann) == 1.0
    with pytest.raises(Refused, match="decided this already"):
        await attendance.decide(chief, lost.id, False)
    story = await core.story(EventKind.LOST_TIME_CHANGED)
    assert [(each.actor, each.subject_id, each.reason) for each in story] == [
        (boss.id, ann.id, "Han Meimei lost time, another supervisor decides: network"),
        (chief.id, ann.id, "Lost time of Han Meimei is approved: network"),
    ]


async def test_who_may_decide_is_told_and_then_who_waits_for_it(core: Core) -> None:
    ann, boss, chief = await a_day(core)
    attendance = Attendance(core.database, core.clock)
    lost = await attendance.enter(boss, ann.id, NOW + HOUR, NOW + 2 * HOUR, "network")
    assert await core.database.read(alerts.unread, [ann.id, boss.id, chief.id]) == {chief.id: 1}
    await attendance.decide(chief, lost.id, False)
    assert await core.database.read(alerts.unread, [ann.id, boss.id, chief.id]) == dict.fromkeys(
        (ann.id, boss.id, chief.id), 1
    )


async def test_what_waits_for_a_decision_is_shown_on_later_days_too(core: Core) -> None:
    ann, boss, chief = await a_day(core)
    attendance = Attendance(core.database, core.clock)
    lost = await attendance.enter(boss, ann.id, NOW + HOUR, NOW + 2 * HOUR, "network")
    later, before = TODAY + timedelta(days=30), TODAY - timedelta(days=30)
    assert [each.id for each in (await attendance.of_day(chief, later)).lost] == [lost.id]
    assert (await attendance.of_day(chief, before)).lost == []
    await attendance.decide(chief, lost.id, True)
    assert (await attendance.of_day(chief, later)).lost == []


async def test_what_was_refused_does_not_count(core: Core) -> None:
    ann, boss, chief = await a_day(core)
    attendance = Attendance(core.database, core.clock)
    lost = await attendance.enter(boss, ann.id, NOW + HOUR, NOW + 2 * HOUR, "network")
    await attendance.decide(chief, lost.id, False)
    assert await adherence(core, boss) == 0.5


async def test_entries_that_make_no_sense_are_refused(core: Core) -> None:
    ann, boss, _ = await a_day(core)
    attendance = Attendance(core.database, core.clock)
    with pytest.raises(Refused, match="Say why"):
        await attendance.enter(boss, ann.id, NOW, NOW + HOUR, "")
    with pytest.raises(Refused, match="after the beginning"):
        await attendance.enter(boss, ann.id, NOW, NOW, "network")
    with pytest.raises(NotFound):
        await attendance.enter(boss, a_user().id, NOW, NOW + HOUR, "network")


async def test_agents_see_only_their_own(core: Core) -> None:
    ann, boss, chief = await a_day(core)
    attendance = Attendance(core.database, core.clock)
    await attendance.enter(boss, chief.id, NOW, NOW + HOUR, "network")
    own = await attendance.of_week(ann, TODAY)
    everybody = await attendance.of_week(boss, TODAY)
    assert ([user.id for user, _ in own.records], own.lost) == ([ann.id], [])
    assert len(everybody.lost) == 1
