"""After an abusive customer the agent is offered once to cool off; it is no break, and the lead is told."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations.conversation import ConversationState
from conversations.events import EventKind
from conversations.ids import ConversationId
from conversations.parts import Text
from conversations.people import AgentState, Role, User
from conversations.shifts import RosterRules
from desk.cooling import FRESH, Cooling
from desk.errors import Refused
from desk.presence import Presence
from routing.rulebook.words import ABUSE
from storage import abuse, alerts, conversations, cool_off, people, rules, shifts, states
from storage.database import Transaction
from storage.rules import RuleBook
from tests.support.builders import NOW, a_user, store
from tests.support.core import Core

MINUTE = timedelta(minutes=1)


async def a_hard_one(core: Core, said: str) -> tuple[Cooling, User, User, ConversationId]:
    """Mei has a customer who said this; Boss leads everybody."""
    heard = await core.hear(said)
    mei, boss = a_user(name="Mei"), a_user(name="Boss", role=Role.SUPERVISOR)

    def furnish(transaction: Transaction) -> None:
        store(transaction, mei, boss)
        states.set_state(transaction, mei.id, AgentState.READY, NOW, mei.id, "")
        values = {"state": ConversationState.ASSIGNED, "assignee_id": mei.id, "owner_id": mei.id}
        conversations.change(transaction, heard.conversation_id, values)

    await core.database.write(furnish)
    core.clock.forward(MINUTE)
    return core.cooling, mei, boss, heard.conversation_id


async def is_offered(core: Core, user: User) -> bool:
    return await core.database.read(abuse.offered, user.id, core.clock() - FRESH) is not None


async def test_who_marks_a_customer_is_offered_to_cool_off_once(core: Core) -> None:
    cooling, mei, _, conversation_id = await a_hard_one(core, "你好")
    with pytest.raises(Refused, match="in a word"):
        await cooling.mark(mei, conversation_id, "")
    await cooling.mark(mei, conversation_id, "threatens me")
    assert await is_offered(core, mei)
    await cooling.answer(mei, takes=False)
    await cooling.mark(mei, conversation_id, "again")
    await core.desk.resolve(mei, conversation_id, "nothing more to say")
    assert not await is_offered(core, mei)
    (marked,) = await core.story(EventKind.ABUSE_MARKED)
    assert (marked.actor, marked.reason) == (mei.id, "threatens me")
    assert await core.database.read(abuse.is_abusive, (await core.conversation(conversation_id)).contact_id)


async def test_cooling_off_is_a_state_of_its_own_and_the_lead_is_told(core: Core) -> None:
    cooling, mei, boss, conversation_id = await a_hard_one(core, "你好")
    presence = Presence(core.database, core.clock)
    with pytest.raises(Refused, match="is offered after"):
        await presence.choose(mei, AgentState.COOL_OFF)
    await cooling.mark(mei, conversation_id, "threatens me")
    await cooling.answer(mei, takes=True)
    core.clock.forward(5 * MINUTE)
    await presence.choose(mei, AgentState.READY)
    (hours,) = await presence.hours(mei, NOW.astimezone(ZoneInfo("Asia/Shanghai")).date())
    assert hours.totals == {(AgentState.READY, ""): MINUTE, (AgentState.COOL_OFF, "cool-off"): 5 * MINUTE}
    (told,) = await core.database.read(alerts.listed, boss.id, 10)
    assert (told.kind, told.subject_id, told.conversation_id) == (EventKind.COOL_OFF_TAKEN, mei.id, conversation_id)
    with pytest.raises(Refused, match="over"):
        await cooling.answer(mei, takes=True)


async def passed(core: Core, time: timedelta) -> None:
    """Time passes, and the router looks."""
    core.clock.forward(time)
    over = await core.database.read(cool_off.over, core.clock(), core.clock() - MINUTE)
    await core.database.write(cool_off.finish, over, core.clock())


async def state_of(core: Core, user: User) -> AgentState:
    return (await core.database.read(people.many, [user.id]))[user.id].state


async def test_no_is_an_answer_of_which_other_screens_hear_and_nobody_else(core: Core) -> None:
    cooling, mei, boss, conversation_id = await a_hard_one(core, "你好")
    await cooling.mark(mei, conversation_id, "threatens me")
    await cooling.answer(mei, takes=False)
    assert not await is_offered(core, mei)
    assert await state_of(core, mei) is AgentState.READY
    (declined,) = await core.story(EventKind.COOL_OFF_DECLINED)
    assert (declined.actor, declined.subject_id, declined.conversation_id) == (mei.id, mei.id, conversation_id)
    assert await core.database.read(alerts.listed, boss.id, 10) == []


@pytest.mark.parametrize("state", [AgentState.READY, AgentState.SIGNED_IN])
async def test_it_ends_by_itself_at_its_time(core: Core, state: AgentState) -> None:
    """Who had not come to work before goes back to that."""
    cooling, mei, _, conversation_id = await a_hard_one(core, "你好")
    await core.database.write(states.set_state, mei.id, state, core.clock(), mei.id, "")
    core.clock.forward(MINUTE)
    await cooling.mark(mei, conversation_id, "threatens me")
    await cooling.answer(mei, takes=True)
    await core.database.write(states.see, [mei.id], core.clock() + 4 * MINUTE)
    await passed(core, 5 * MINUTE - timedelta(seconds=1))
    assert await state_of(core, mei) is AgentState.COOL_OFF
    await passed(core, timedelta(seconds=1))
    assert await state_of(core, mei) is state
    (*_, told) = await core.story(EventKind.AGENT_STATE_CHANGED)
    assert (told.actor, told.reason, told.data["state"]) == ("system", "cooling off is over", state)


async def test_it_does_not_end_while_nobody_is_at_the_screen(core: Core) -> None:
    cooling, mei, _, conversation_id = await a_hard_one(core, "你好")
    await cooling.mark(mei, conversation_id, "threatens me")
    await cooling.answer(mei, takes=True)
    await passed(core, 10 * MINUTE)
    assert await state_of(core, mei) is AgentState.COOL_OFF
    await core.database.write(states.see, [mei.id], core.clock())
    await passed(core, timedelta())
    assert await state_of(core, mei) is AgentState.READY


async def test_it_lasts_as_long_as_they_like_where_the_rules_say_so(core: Core) -> None:
    cooling, mei, boss, conversation_id = await a_hard_one(core, "你好")
    await core.database.write(shifts.set_rules, RosterRules(cool_off_minutes=0), NOW, boss.id)
    await cooling.mark(mei, conversation_id, "threatens me")
    await cooling.answer(mei, takes=True)
    await core.database.write(states.see, [mei.id], core.clock() + 60 * MINUTE)
    await passed(core, 60 * MINUTE)
    assert await state_of(core, mei) is AgentState.COOL_OFF


@pytest.mark.parametrize(("said", "is_hard"), [("你他妈的骗子", True), ("You BASTARD!", True), ("谢谢，再见", False)])
async def test_abusive_words_are_found_when_the_conversation_ends(core: Core, said: str, is_hard: bool) -> None:
    _, mei, _, conversation_id = await a_hard_one(core, said)
    assert not await is_offered(core, mei)
    await core.desk.resolve(mei, conversation_id, "nothing more to say")
    assert await is_offered(core, mei) is is_hard


async def test_words_are_found_as_they_are_edited(core: Core) -> None:
    _, mei, boss, conversation_id = await a_hard_one(core, "你这个木头")
    book = RuleBook(saved_at=NOW, author=boss.id, reason="ours", words={ABUSE: ["木头"]})
    await core.database.write(rules.save, book)
    core.cooling.learn(await core.database.read(rules.current))
    await core.desk.resolve(mei, conversation_id, "nothing more to say")
    assert await is_offered(core, mei)


async def test_what_an_agent_says_is_no_abuse(core: Core) -> None:
    _, mei, _, conversation_id = await a_hard_one(core, "他叫我什么？")
    await core.desk.reply(mei, conversation_id, (Text("他叫您骗子，他妈的"),), "key-of-mei")
    await core.desk.resolve(mei, conversation_id)
    assert not await is_offered(core, mei)


async def test_an_offer_does_not_stand_for_ever(core: Core) -> None:
    cooling, mei, _, conversation_id = await a_hard_one(core, "你好")
    await cooling.mark(mei, conversation_id, "threatens me")
    core.clock.forward(FRESH)
    assert not await is_offered(core, mei)
    with pytest.raises(Refused, match="over"):
        await cooling.answer(mei, takes=True)
