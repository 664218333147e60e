"""What agents choose, what is refused, and who sees the account of it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations.people import AgentState, Role, User
from desk.errors import Refused
from desk.people import People
from desk.presence import Presence, day_in
from storage import states
from tests.support.builders import NOW, a_user, store
from tests.support.core import Core

MINUTE = timedelta(minutes=1)
TODAY = NOW.astimezone(ZoneInfo("Asia/Shanghai")).date()


async def a_worker(core: Core, state: AgentState, **changes: object) -> tuple[Presence, User]:
    """Somebody in this state."""
    user = a_user(**changes)
    await core.database.write(store, user)
    await core.database.write(states.set_state, user.id, state, core.clock(), user.id, "")
    return Presence(core.database, core.clock), user


async def test_a_break_has_its_reason_and_the_state_of_work_has_none(core: Core) -> None:
    presence, mei = await a_worker(core, AgentState.READY)
    on_break = await presence.choose(mei, AgentState.BREAK, "meal")
    assert (on_break.state, on_break.state_reason) == (AgentState.BREAK, "meal")
    core.clock.forward(MINUTE)
    back = await presence.choose(mei, AgentState.READY, "meal")
    assert (back.state, back.state_reason, back.state_since) == (AgentState.READY, "", core.clock())


async def test_choosing_what_is_so_changes_nothing(core: Core) -> None:
    presence, mei = await a_worker(core, AgentState.READY)
    core.clock.forward(MINUTE)
    assert (await presence.choose(mei, AgentState.READY)).state_since == NOW


async def test_an_illegal_step_is_refused_and_nothing_happens(core: Core) -> None:
    presence, mei = await a_worker(core, AgentState.SIGNED_IN)
    with pytest.raises(Refused, match="Go ready first"):
        await presence.choose(mei, AgentState.WRAP_UP)
    with pytest.raises(Refused, match="Nobody chooses"):
        await presence.choose(mei, AgentState.BUSY)
    with pytest.raises(Refused, match="what the break is for"):
        await presence.choose(mei, AgentState.BREAK)
    (hours,) = await presence.hours(mei, TODAY)
    assert [span.state for span in hours.spans] == [AgentState.SIGNED_IN]


async def test_agents_see_their_own_hours_and_supervisors_those_of_all(core: Core) -> None:
    presence, mei = await a_worker(core, AgentState.READY, name="Mei")
    _, boss = await a_worker(core, AgentState.SIGNED_IN, name="Boss", role=Role.SUPERVISOR)
    core.clock.forward(10 * MINUTE)
    await presence.choose(mei, AgentState.BREAK, "rest")
    core.clock.forward(5 * MINUTE)
    (own,) = await presence.hours(mei, TODAY)
    assert own.totals == {(AgentState.READY, ""): 10 * MINUTE, (AgentState.BREAK, "rest"): 5 * MINUTE}
    assert [each.user.name for each in await presence.hours(boss, TODAY)] == ["Boss", "Mei"]
    assert await presence.hours(boss, TODAY - timedelta(days=1)) == []


async def test_work_begins_with_signing_in_and_ends_with_signing_out(core: Core) -> None:
    mei = a_user()
    await core.database.write(store, mei)
    persons, presence = People(core.database, core.clock, timedelta(hours=12)), Presence(core.database, core.clock)
    assert await presence.hours(mei, TODAY) == []
    session = await persons.accept(await persons.invite(mei.id))
    core.clock.forward(MINUTE)
    await presence.choose(mei, AgentState.READY)
    core.clock.forward(MINUTE)
    await persons.sign_out(session.token)
    (hours,) = await presence.hours(mei, TODAY)
    did = [AgentState.SIGNED_IN, AgentState.READY, AgentState.OFFLINE]
    assert [span.state for span in hours.spans] == did


def test_a_day_is_as_long_as_it_is_where_the_person_is() -> None:
    """Berlin gives an hour back on the last Sunday of October."""
    start, end = day_in(ZoneInfo("Europe/Berlin"), date(2026, 10, 25))
    assert end - start == timedelta(hours=25)
