"""Planning shifts: copies keep to the clock on the wall, and two who plan at once do not plan the same hours."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.people import Role, User
from desk.roster import Roster
from routing.roster import RosterWrong, Row
from storage import people
from tests.support.builders import a_user, store
from tests.support.core import Core

ZONE = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


async def people_of(core: Core) -> tuple[User, User]:
    boss, ann = a_user(role=Role.SUPERVISOR), a_user(login="ann")
    await core.database.write(store, boss, ann)
    return boss, ann


async def test_of_two_who_plan_the_same_hours_in_the_same_instant_one_is_refused(core: Core, other: Core) -> None:
    boss, _ = await people_of(core)
    row = Row("ann", "2026-11-23", "09:00-18:00")
    plans = (Roster(each.database, each.clock, ZONE).plan(boss, [row]) for each in (core, other))
    results = await asyncio.gather(*plans, return_exceptions=True)
    assert sum(isinstance(each, RosterWrong) for each in results) == 1
    week = await Roster(core.database, core.clock, ZONE).week(boss, date(2026, 11, 23))
    assert len(week.shifts) == 1


async def test_a_copy_keeps_to_the_clock_on_the_wall(core: Core) -> None:
    """In Berlin nine o'clock is 7:00 UTC in summer, and 8:00 from the 25th of October on."""
    boss, _ = await people_of(core)
    roster = Roster(core.database, core.clock, BERLIN)
    await roster.plan(boss, [Row("ann", "2026-10-19", "09:00-17:00")])
    (copied,) = await roster.copy_week(boss, date(2026, 10, 26))
    assert copied.since == datetime(2026, 10, 26, 8, tzinfo=UTC)
    assert copied.until - copied.since == timedelta(hours=8)


async def test_what_is_planned_already_is_not_copied_once_more(core: Core) -> None:
    boss, _ = await people_of(core)
    roster = Roster(core.database, core.clock, ZONE)
    await roster.plan(boss, [Row("ann", "2026-11-23", "09:00-18:00"), Row("ann", "2026-11-30", "12:00-20:00")])
    assert await roster.copy_week(boss, date(2026, 11, 30)) == []
    await roster.plan(boss, [Row("ann", "2026-11-24", "09:00-18:00")])
    assert [each.day(ZONE) for each in await roster.copy_week(boss, date(2026, 11, 30))] == [date(2026, 12, 1)]


async def test_nobody_is_planned_who_has_left(core: Core) -> None:
    boss, ann = await people_of(core)
    roster = Roster(core.database, core.clock, ZONE)
    await roster.plan(boss, [Row("ann", "2026-11-23", "09:00-18:00")])

    await core.database.write(people.change, ann.id, {"enabled": False}, core.clock(), boss.id)
    assert await roster.copy_week(boss, date(2026, 11, 30)) == []
    week = await roster.week(boss, date(2026, 11, 23))
    assert [user.login for user in week.people if user.id == ann.id] == ["ann"], "what was planned is still shown"
