"""A raised hand is seen by those who look after its owner; stepping in has its reason; a whisper is marked."""

from dataclasses import dataclass

import pytest

from conversations.conversation import ConversationState
from conversations.events import EventKind
from conversations.help import called, concerned, looks_after
from conversations.ids import ConversationId, HandId, QueueId
from conversations.message import AuthorKind
from conversations.parts import Text
from conversations.people import AgentState, Role, User
from desk.errors import NotFound, Refused
from desk.help import Help
from storage import conversations, hands, people, queues, states
from storage.database import Transaction
from tests.support.builders import NOW, a_user, store
from tests.support.core import Core


@dataclass(frozen=True)
class Floor:
    """Mei has a conversation; Boss leads her queue, Far another one."""

    core: Core
    help: Help
    conversation_id: ConversationId
    mei: User
    boss: User
    far: User


@pytest.fixture
async def floor(core: Core) -> Floor:
    heard = await core.hear()
    mei, boss, far = a_user(name="Mei"), a_user(name="Boss", role=Role.SUPERVISOR), a_user(role=Role.SUPERVISOR)
    await core.database.write(furnish, heard.conversation_id, mei, boss, far)
    found = await core.database.read(people.many, [mei.id, boss.id, far.id])
    help_desk = Help(core.database, core.clock)
    return Floor(core, help_desk, heard.conversation_id, found[mei.id], found[boss.id], found[far.id])


def furnish(transaction: Transaction, conversation_id: ConversationId, mei: User, boss: User, far: User) -> None:
    store(transaction, mei, boss, far)
    loans, cards = (queues.add(transaction, name, NOW, "test") for name in ("loans", "cards"))
    queues.set_members(transaction, loans, frozenset((mei.id, boss.id)), NOW, "test")
    queues.set_members(transaction, cards, frozenset((far.id,)), NOW, "test")
    values = {"queue_id": loans, "state": ConversationState.ASSIGNED, "assignee_id": mei.id, "owner_id": mei.id}
    conversations.change(transaction, conversation_id, values)


def test_supervisors_look_after_their_queues_and_those_without_any_after_all() -> None:
    loans, cards = frozenset((QueueId("loans"),)), frozenset((QueueId("cards"),))
    mei = a_user(queue_ids=loans)
    leads = [a_user(role=Role.SUPERVISOR, queue_ids=each) for each in (loans, cards, frozenset())]
    assert [looks_after(lead, mei) for lead in leads] == [True, False, True]
    assert not looks_after(a_user(queue_ids=loans), mei)
    assert not looks_after(leads[0], leads[0])


def test_what_happens_in_a_queue_calls_who_looks_after_it_and_everybody_if_nobody_does() -> None:
    loans, cards, cash = (frozenset((QueueId(name),)) for name in ("loans", "cards", "cash"))
    boss, far = (a_user(role=Role.SUPERVISOR, queue_ids=each) for each in (loans, cards))
    gone = a_user(role=Role.SUPERVISOR, queue_ids=cash, enabled=False)
    everybody = [a_user(queue_ids=loans), boss, far, gone]
    assert called(everybody, loans) == [boss.id]
    assert called(everybody, loans | cards) == [boss.id, far.id]
    assert called(everybody, cash) == called(everybody, frozenset()) == [boss.id, far.id]
    assert called(everybody, loans, boss.id) == [far.id]
    head = a_user(role=Role.ADMIN)
    assert called([*everybody, head], cash) == [head.id]


def test_a_conversation_is_for_its_queues_leaders_and_for_those_of_an_agent_from_elsewhere() -> None:
    loans, cards = QueueId("loans"), QueueId("cards")
    mei, helper = a_user(queue_ids=frozenset((loans, QueueId("cash")))), a_user(queue_ids=frozenset((cards,)))
    assert concerned(loans, None) == concerned(loans, mei) == {loans}
    assert concerned(loans, helper) == {loans, cards}
    assert concerned(None, helper) == {cards}
    assert concerned(None, None) == frozenset()


async def test_a_hand_is_raised_taken_and_lowered_and_each_is_told(floor: Floor) -> None:
    with pytest.raises(Refused, match="in a word"):
        await floor.help.raise_hand(floor.mei, "")
    hand = await floor.help.raise_hand(floor.mei, "he shouts", floor.conversation_id)
    with pytest.raises(Refused, match="up already"):
        await floor.help.raise_hand(floor.mei, "again")
    await floor.help.take(floor.boss, hand.id)
    with pytest.raises(Refused, match="helping already"):
        await floor.help.take(floor.far, hand.id)
    (up,) = await floor.core.database.read(hands.listed)
    assert (up.taken_by, up.taken_at) == (floor.boss.id, floor.core.clock())
    with pytest.raises(NotFound):
        await floor.help.lower(floor.far, hand.id)
    await floor.help.lower(floor.boss, hand.id, "calm again")
    told = await floor.core.story(EventKind.HAND_RAISED, EventKind.HAND_TAKEN, EventKind.HAND_LOWERED)
    assert [(each.actor, each.reason, each.conversation_id) for each in told] == [
        (floor.mei.id, "he shouts", floor.conversation_id),
        (floor.boss.id, "he shouts", floor.conversation_id),
        (floor.boss.id, "calm again", floor.conversation_id),
    ]
    assert await floor.core.database.read(hands.listed) == []
    with pytest.raises(NotFound):
        await floor.help.take(floor.boss, HandId("down"))


async def test_whoever_raised_it_lowers_it(floor: Floor) -> None:
    hand = await floor.help.raise_hand(floor.mei, "a question")
    await floor.help.lower(floor.mei, hand.id)
    assert (await floor.help.raise_hand(floor.mei, "another")).id != hand.id


async def test_the_hand_of_who_leaves_goes_down(floor: Floor) -> None:
    hand = await floor.help.raise_hand(floor.mei, "he shouts", floor.conversation_id)
    await floor.help.raise_hand(floor.far, "no printer")
    await floor.help.take(floor.boss, hand.id)
    change, now = states.set_state, floor.core.clock()
    await floor.core.database.write(change, floor.mei.id, AgentState.BREAK, now, floor.mei.id, "rest")
    assert len(await floor.core.database.read(hands.listed)) == 2
    await floor.core.database.write(change, floor.mei.id, AgentState.OFFLINE, now, "router", "connection lost")
    (left,) = await floor.core.database.read(hands.listed)
    (told,) = await floor.core.story(EventKind.HAND_LOWERED)
    assert left.user_id == floor.far.id
    assert (told.actor, told.subject_id, told.reason) == ("router", floor.mei.id, "went offline")
    assert told.conversation_id == floor.conversation_id


async def test_nobody_raises_a_hand_with_what_they_do_not_see(floor: Floor) -> None:
    stranger = a_user()
    await floor.core.database.write(store, stranger)
    with pytest.raises(NotFound):
        await floor.help.raise_hand(stranger, "what is this", floor.conversation_id)


async def test_who_joins_writes_beside_the_agent(floor: Floor) -> None:
    """The conversation stays Mei's, also when Boss answers."""
    with pytest.raises(Refused, match="Say why"):
        await floor.help.join(floor.boss, floor.conversation_id, "")
    await floor.help.join(floor.boss, floor.conversation_id, "he shouts")
    await floor.core.desk.reply(floor.boss, floor.conversation_id, (Text("我是主管"),), "key-of-boss")
    found = await floor.core.conversation(floor.conversation_id)
    assert (found.assignee_id, found.owner_id) == (floor.mei.id, floor.mei.id)
    (joined,) = await floor.core.story(EventKind.CONVERSATION_JOINED)
    assert (joined.actor, joined.reason) == (floor.boss.id, "he shouts")


async def test_who_takes_over_has_it_and_the_owner_stays(floor: Floor) -> None:
    await floor.help.take_over(floor.boss, floor.conversation_id, "he shouts")
    found = await floor.core.conversation(floor.conversation_id)
    assert (found.assignee_id, found.owner_id) == (floor.boss.id, floor.mei.id)
    with pytest.raises(Refused, match="nobody beside"):
        await floor.help.join(floor.boss, floor.conversation_id, "again")


async def test_a_note_of_a_supervisor_to_the_agent_is_a_whisper(floor: Floor) -> None:
    whisper = await floor.core.desk.note(floor.boss, floor.conversation_id, "offer a call", "key-1-of-boss")
    own = await floor.core.desk.note(floor.mei, floor.conversation_id, "I will", "key-1-of-mei")
    assert [whisper.author, own.author] == [AuthorKind.SUPERVISOR, AuthorKind.AGENT]
    await floor.help.take_over(floor.boss, floor.conversation_id, "he shouts")
    after = await floor.core.desk.note(floor.boss, floor.conversation_id, "mine now", "key-2-of-boss")
    assert after.author is AuthorKind.AGENT
