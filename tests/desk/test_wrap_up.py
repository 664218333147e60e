"""Whoever settles a matter wraps it up for as long as its queue allows, and is ready again by themselves."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from conversations.conversation import ConversationState
from conversations.events import EventKind
from conversations.ids import ConversationId, QueueId
from conversations.people import AgentState, Role, User
from conversations.states import AFTERWARDS
from desk.presence import Presence
from storage import alerts, conversations, people, queues, states, wrap_up
from storage.database import Transaction
from tests.support.builders import NOW, a_user, store
from tests.support.core import Core

ALLOWED = 30


@dataclass(frozen=True)
class Floor:
    """Mei has the conversation, and is ready; her queue allows half a minute."""

    conversation_id: ConversationId
    queue: QueueId
    mei: User
    boss: User


@pytest.fixture
async def floor(core: Core) -> Floor:
    """Somebody wrote, and Mei has it."""
    heard = await core.hear()
    return await core.database.write(furnish, heard.conversation_id)


def furnish(transaction: Transaction, conversation_id: ConversationId) -> Floor:
    mei, boss = a_user(name="Mei", state=AgentState.READY), a_user(name="Boss", role=Role.SUPERVISOR)
    store(transaction, mei, boss)
    queue = queues.add(transaction, "hers", NOW, "test")
    queues.set_members(transaction, queue, frozenset((mei.id,)), NOW, "test")
    queues.change(transaction, queue, {"wrap_up_seconds": ALLOWED}, NOW, "test")
    values = {"queue_id": queue, "assignee_id": mei.id, "state": ConversationState.ASSIGNED}
    conversations.change(transaction, conversation_id, values)
    return Floor(conversation_id, queue, people.many(transaction.connection, [mei.id])[mei.id], boss)


async def state_of(core: Core, user: User) -> tuple[AgentState, str]:
    found = (await core.database.read(people.many, [user.id]))[user.id]
    return found.state, found.state_reason


async def passed(core: Core, seconds: float) -> None:
    """Time passes, and the router looks."""
    core.clock.forward(timedelta(seconds=seconds))
    over = await core.database.read(wrap_up.over, core.clock())
    await core.database.write(wrap_up.finish, over, core.clock())


async def test_it_begins_with_the_end_of_a_matter_and_ends_by_itself(core: Core, floor: Floor) -> None:
    await core.desk.resolve(floor.mei, floor.conversation_id, "done")
    assert await state_of(core, floor.mei) == (AgentState.WRAP_UP, AFTERWARDS)
    await passed(core, ALLOWED - 1)
    assert await state_of(core, floor.mei) == (AgentState.WRAP_UP, AFTERWARDS)
    await passed(core, 1)
    assert await state_of(core, floor.mei) == (AgentState.READY, "")
    assert await core.database.read(alerts.unread, [floor.mei.id, floor.boss.id]) == {}


async def test_a_button_ends_it_earlier(core: Core, floor: Floor) -> None:
    await core.desk.resolve(floor.mei, floor.conversation_id, "done")
    ready = await Presence(core.database, core.clock).choose(floor.mei, AgentState.READY)
    await passed(core, ALLOWED)
    assert (ready.state, ready.state_until) == (AgentState.READY, None)


async def test_whoever_stays_by_their_own_word_exceeds_the_norm_once(core: Core, floor: Floor) -> None:
    await core.desk.resolve(floor.mei, floor.conversation_id, "done")
    core.clock.forward(timedelta(seconds=10))
    stays = await Presence(core.database, core.clock).choose(floor.mei, AgentState.WRAP_UP)
    await passed(core, ALLOWED - 10)
    await passed(core, ALLOWED)
    (told,) = await core.database.read(alerts.listed, floor.boss.id, 10)
    assert stays.state_until == NOW + timedelta(seconds=ALLOWED)
    assert await state_of(core, floor.mei) == (AgentState.WRAP_UP, "")
    assert (told.kind, told.data["name"]) == (EventKind.AGENT_WRAPS_LONG, "Mei")


async def test_wrapping_up_without_a_matter_has_the_norm_of_ones_queues(core: Core, floor: Floor) -> None:
    chosen = await Presence(core.database, core.clock).choose(floor.mei, AgentState.WRAP_UP)
    assert chosen.state_until == NOW + timedelta(seconds=ALLOWED)


@pytest.mark.parametrize("allowed", [0, ALLOWED])
async def test_nobody_wraps_up_what_others_settled_or_what_asks_for_no_time(
    core: Core, floor: Floor, allowed: int
) -> None:
    await core.database.write(queues.change, floor.queue, {"wrap_up_seconds": allowed}, NOW, "test")
    await core.desk.resolve(floor.boss if allowed else floor.mei, floor.conversation_id, "done")
    assert await state_of(core, floor.mei) == (AgentState.READY, "")


async def test_a_lost_connection_does_not_make_it_last(core: Core, floor: Floor) -> None:
    await core.desk.resolve(floor.mei, floor.conversation_id, "done")
    later = core.clock() + timedelta(minutes=2)
    await core.database.write(states.lose, [floor.mei.id], later, later)
    assert await state_of(core, floor.mei) == (AgentState.CONNECTION_LOST, AgentState.READY)
