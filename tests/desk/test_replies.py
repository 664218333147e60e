"""What agents do: each action happens once, within their scope, and tells its reason."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from conversations.address import phone_address, visitor_address
from conversations.conversation import ConversationState
from conversations.errors import ProviderUnavailable, Rejected, UnknownOutcome
from conversations.events import EventKind
from conversations.ids import ConversationId, DeliveryId, QueueId, UserId
from conversations.message import DeliveryState, Direction
from conversations.parts import Media, MediaType, Text
from conversations.people import Role, User
from desk.errors import NotFound, Refused
from desk.replies import Desk
from storage import conversations, people, queues, tables
from storage.database import Transaction
from tests.support.builders import NOW, a_user, store
from tests.support.core import CHAT, LI, Core

WORDS = (Text("您好"),)
VISITOR = visitor_address(CHAT, "visitor")


@dataclass(frozen=True)
class Floor:
    """A conversation in a queue: `mei` works there, `tao` in another one, `boss` sees everything."""

    conversation_id: ConversationId
    queue: QueueId
    other_queue: QueueId
    mei: User
    tao: User
    boss: User


@pytest.fixture
async def floor(core: Core) -> Floor:
    """A customer has written, and the router has put it into the queue of `mei`."""
    heard = await core.hear()
    floor = await core.database.write(furnish, heard.conversation_id)
    core.clock.forward(timedelta(minutes=1))
    return floor


def furnish(transaction: Transaction, conversation_id: ConversationId) -> Floor:
    mei, tao, boss = a_user(name="Mei"), a_user(name="Tao"), a_user(name="Boss", role=Role.SUPERVISOR)
    store(transaction, mei, tao, boss)
    hers, his = (queues.add(transaction, name, NOW, "test") for name in ("hers", "his"))
    queues.set_members(transaction, hers, frozenset((mei.id,)), NOW, "test")
    queues.set_members(transaction, his, frozenset((tao.id,)), NOW, "test")
    conversations.change(transaction, conversation_id, {"queue_id": hers, "state": ConversationState.QUEUED})
    found = people.many(transaction.connection, (mei.id, tao.id, boss.id))
    return Floor(conversation_id, hers, his, found[mei.id], found[tao.id], found[boss.id])


async def outbound(core: Core) -> list[str]:
    """The keys of what we said."""
    return [row.key for row in await core.rows(tables.messages) if row.direction == Direction.OUTBOUND]


# Replying


async def test_a_reply_answers_and_makes_the_agent_assignee_and_owner(core: Core, floor: Floor) -> None:
    message = await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1", trace="trace")
    conversation = await core.conversation(floor.conversation_id)
    assert (conversation.state, conversation.assignee_id, conversation.owner_id) == (
        ConversationState.WAITING,
        floor.mei.id,
        floor.mei.id,
    )
    assert (conversation.unanswered_since, conversation.preview) == (None, "您好")
    assert (message.author_id, message.address, message.state) == (floor.mei.id, LI, DeliveryState.PENDING)
    await core.interactive.drain()
    assert core.provider.texts() == ["您好"]


async def test_the_same_reply_twice_says_nothing_twice(core: Core, other: Core, floor: Floor) -> None:
    said = await asyncio.gather(
        *(desk.reply(floor.mei, floor.conversation_id, WORDS, key="1") for desk in [core.desk, other.desk] * 5)
    )
    assert len({message.id for message in said}) == 1
    await core.interactive.drain()
    assert core.provider.texts() == ["您好"]


async def test_a_reply_that_is_repeated_does_not_answer_what_came_after_it(core: Core, floor: Floor) -> None:
    """A browser that lost its line sends again what it does not know to be stored."""
    await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")
    core.clock.forward(timedelta(minutes=1))
    asked = await core.hear("还有一个问题")
    await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")
    assert (await core.conversation(floor.conversation_id)).unanswered_since == asked.received_at


async def test_a_reply_that_is_repeated_does_not_follow_the_customer_to_another_channel(
    core: Core, floor: Floor
) -> None:
    first = await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")
    await core.hear(address=VISITOR, account=CHAT, evidence=(LI,))
    again = await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")
    assert again.id == first.id
    assert await outbound(core) == [f"{floor.conversation_id}/1"]


async def test_the_same_key_in_another_conversation_says_something_else(core: Core, floor: Floor) -> None:
    """Keys are made by browsers; two of them may hit on the same one."""
    await core.desk.reply(floor.boss, floor.conversation_id, WORDS, key="1")
    other = await core.hear("在吗", address=phone_address("+8613800000009"))
    said = await core.desk.reply(floor.boss, other.conversation_id, WORDS, key="1")
    noted = [
        await core.desk.note(floor.boss, each, "看一下", "n") for each in (floor.conversation_id, other.conversation_id)
    ]
    assert said.conversation_id == other.conversation_id
    assert [note.conversation_id for note in noted] == [floor.conversation_id, other.conversation_id]


async def test_a_reply_that_is_repeated_after_resolving_is_the_same_reply(core: Core, floor: Floor) -> None:
    first = await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")
    await core.desk.resolve(floor.mei, floor.conversation_id)
    assert (await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")).id == first.id


async def test_a_reply_goes_to_the_channel_that_the_customer_used_last(core: Core, floor: Floor) -> None:
    await core.hear(address=VISITOR, account=CHAT, evidence=(LI,))
    message = await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")
    assert (message.account_id, message.address) == (CHAT, VISITOR)


async def test_what_the_channel_cannot_carry_is_refused_before_anything_is_stored(core: Core, floor: Floor) -> None:
    video = Media(MediaType.VIDEO, mime="video/mp4", size=1, digest="0" * 64)
    with pytest.raises(Refused, match="carries no video"):
        await core.desk.reply(floor.mei, floor.conversation_id, (video,), key="1")
    assert await outbound(core) == []
    assert (await core.conversation(floor.conversation_id)).assignee_id is None


async def test_a_long_reply_is_one_message_of_several_parts(core: Core, floor: Floor) -> None:
    message = await core.desk.reply(floor.mei, floor.conversation_id, (Text("字" * 250),), key="1")
    assert [len(part.part.text) for part in await core.parts_of(message) if isinstance(part.part, Text)] == [
        100,
        100,
        50,
    ]


async def test_a_resolved_conversation_takes_no_reply(core: Core, floor: Floor) -> None:
    await core.desk.resolve(floor.mei, floor.conversation_id, reason="spam")
    with pytest.raises(Refused, match="Reopen"):
        await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")
    assert await outbound(core) == []


# Notes


async def test_a_note_is_stored_once_and_goes_nowhere(core: Core, floor: Floor) -> None:
    notes = [await core.desk.note(floor.mei, floor.conversation_id, "VIP", key="1") for _ in range(3)]
    assert len({note.id for note in notes}) == 1
    assert len(await core.story(EventKind.NOTE_ADDED)) == 1
    assert await core.rows(tables.deliveries) == []
    assert (await core.conversation(floor.conversation_id)).unanswered_since == NOW


# Scope


ACTIONS: dict[str, Callable[[Desk, User, Floor], Awaitable[object]]] = {
    "reply": lambda desk, user, floor: desk.reply(user, floor.conversation_id, WORDS, "1"),
    "note": lambda desk, user, floor: desk.note(user, floor.conversation_id, "note", "1"),
    "take": lambda desk, user, floor: desk.take(user, floor.conversation_id),
    "release": lambda desk, user, floor: desk.release(user, floor.conversation_id),
    "transfer to a queue": lambda desk, user, floor: desk.transfer_to_queue(
        user, floor.conversation_id, floor.other_queue, "test"
    ),
    "transfer to an agent": lambda desk, user, floor: desk.transfer_to_agent(
        user, floor.conversation_id, floor.tao.id, "test"
    ),
    "resolve": lambda desk, user, floor: desk.resolve(user, floor.conversation_id, "test"),
    "reopen": lambda desk, user, floor: desk.reopen(user, floor.conversation_id),
}


@pytest.mark.parametrize("action", ACTIONS)
async def test_outside_their_scope_an_agent_finds_nothing(core: Core, floor: Floor, action: str) -> None:
    before = await core.rows(tables.conversations), await core.rows(tables.events)
    with pytest.raises(NotFound):
        await ACTIONS[action](core.desk, floor.tao, floor)
    assert (await core.rows(tables.conversations), await core.rows(tables.events)) == before


@pytest.mark.parametrize("action", [each for each in ACTIONS if each != "reopen"])
@pytest.mark.parametrize("who", ["mei", "boss"])
async def test_within_their_scope_people_act(core: Core, floor: Floor, action: str, who: str) -> None:
    before = len(await core.rows(tables.events))
    await ACTIONS[action](core.desk, getattr(floor, who), floor)
    assert len(await core.rows(tables.events)) > before


async def test_a_part_outside_the_scope_cannot_be_tried_again(core: Core, floor: Floor) -> None:
    core.provider.answers.append(Rejected())
    delivery = await failing(core, floor)
    with pytest.raises(NotFound):
        await core.desk.retry(floor.tao, delivery)
    with pytest.raises(NotFound):
        await core.desk.retry(floor.mei, DeliveryId("0" * 32))


# Whose it is


async def test_a_transfer_to_a_colleague_keeps_the_owner(core: Core, floor: Floor) -> None:
    await core.desk.take(floor.mei, floor.conversation_id)
    await core.desk.transfer_to_agent(floor.mei, floor.conversation_id, floor.tao.id, "knows the product")
    conversation = await core.conversation(floor.conversation_id)
    assert (conversation.owner_id, conversation.assignee_id) == (floor.mei.id, floor.tao.id)
    event = (await core.story(EventKind.CONVERSATION_ASSIGNED))[-1]
    assert (event.reason, event.actor) == ("knows the product", floor.mei.id)
    assert event.data == {"queue_id": floor.queue, "assignee_id": floor.tao.id}


async def test_after_three_transfers_the_owner_is_unchanged(core: Core, floor: Floor) -> None:
    """Service norm 19: 首问负责制."""
    here, desk = floor.conversation_id, core.desk
    await desk.take(floor.mei, here)
    await desk.transfer_to_agent(floor.mei, here, floor.tao.id, "knows the product")
    await desk.transfer_to_queue(floor.boss, here, floor.other_queue, "not today")
    await desk.transfer_to_agent(floor.boss, here, floor.boss.id, "mine")
    conversation = await core.conversation(here)
    assert (conversation.owner_id, conversation.assignee_id) == (floor.mei.id, floor.boss.id)


async def test_a_transfer_to_a_queue_keeps_the_owner_and_frees_the_agent(core: Core, floor: Floor) -> None:
    await core.desk.take(floor.mei, floor.conversation_id)
    await core.desk.transfer_to_queue(floor.mei, floor.conversation_id, floor.other_queue, "billing")
    conversation = await core.conversation(floor.conversation_id)
    assert conversation.state is ConversationState.QUEUED
    assert (conversation.owner_id, conversation.assignee_id) == (floor.mei.id, None)
    assert conversation.queue_id == floor.other_queue
    event = (await core.story(EventKind.CONVERSATION_QUEUED))[-1]
    assert (event.reason, event.data) == ("billing", {"queue_id": floor.other_queue, "assignee_id": None})


async def test_a_skill_is_asked_for_in_its_queue_only(core: Core, floor: Floor) -> None:
    asked = {"skill": "loans", "skill_level": 2}
    await core.database.write(conversations.change, floor.conversation_id, asked)
    await core.desk.take(floor.mei, floor.conversation_id)
    await core.desk.release(floor.mei, floor.conversation_id)
    assert (await core.conversation(floor.conversation_id)).skill == "loans"
    await core.desk.transfer_to_queue(floor.mei, floor.conversation_id, floor.other_queue, "billing")
    moved = await core.conversation(floor.conversation_id)
    assert (moved.skill, moved.skill_level) == ("", 0)


async def test_released_it_goes_back_to_its_queue(core: Core, floor: Floor) -> None:
    await core.desk.take(floor.mei, floor.conversation_id)
    await core.desk.release(floor.mei, floor.conversation_id)
    conversation = await core.conversation(floor.conversation_id)
    assert (conversation.state, conversation.queue_id, conversation.assignee_id) == (
        ConversationState.QUEUED,
        floor.queue,
        None,
    )


async def test_nothing_is_handed_to_what_does_not_exist(core: Core, floor: Floor) -> None:
    with pytest.raises(NotFound):
        await core.desk.transfer_to_agent(floor.mei, floor.conversation_id, UserId("0" * 32), "test")
    with pytest.raises(NotFound):
        await core.desk.transfer_to_queue(floor.mei, floor.conversation_id, QueueId("0" * 32), "test")


async def test_nothing_is_handed_to_somebody_who_has_left(core: Core, floor: Floor) -> None:
    await core.database.write(people.change, floor.tao.id, {"enabled": False}, NOW, "test")
    with pytest.raises(NotFound):
        await core.desk.transfer_to_agent(floor.mei, floor.conversation_id, floor.tao.id, "test")


# Resolving


async def test_an_unanswered_word_is_not_resolved_without_a_reason(core: Core, floor: Floor) -> None:
    with pytest.raises(Refused, match="not answered"):
        await core.desk.resolve(floor.mei, floor.conversation_id)
    assert (await core.conversation(floor.conversation_id)).state is ConversationState.QUEUED
    await core.desk.resolve(floor.mei, floor.conversation_id, reason="spam")
    assert (await core.conversation(floor.conversation_id)).state is ConversationState.RESOLVED
    assert [event.reason for event in await core.story(EventKind.CONVERSATION_RESOLVED)] == ["spam"]


async def test_an_answered_conversation_is_resolved_once(core: Core, floor: Floor) -> None:
    await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")
    await core.desk.resolve(floor.mei, floor.conversation_id)
    conversation = await core.conversation(floor.conversation_id)
    assert (conversation.assignee_id, conversation.owner_id, conversation.resolved_at) == (
        None,
        floor.mei.id,
        core.clock.now,
    )
    with pytest.raises(Refused):
        await core.desk.resolve(floor.mei, floor.conversation_id)
    assert len(await core.rows(tables.invitations)) == 1


async def test_a_word_that_comes_while_one_resolves_is_not_overlooked(core: Core, other: Core, floor: Floor) -> None:
    """Whichever is first, the customer's word ends up unanswered and open."""
    await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")
    done = await asyncio.gather(
        core.desk.resolve(floor.mei, floor.conversation_id), other.hear("wait"), return_exceptions=True
    )
    conversation = await core.conversation(floor.conversation_id)
    assert conversation.unanswered_since is not None
    assert conversation.state is not ConversationState.RESOLVED
    assert done[0] is None or isinstance(done[0], Refused)


async def test_a_resolved_conversation_is_taken_up_again_by_whoever_reopens_it(core: Core, floor: Floor) -> None:
    await core.desk.resolve(floor.mei, floor.conversation_id, reason="test")
    await core.desk.reopen(floor.mei, floor.conversation_id)
    conversation = await core.conversation(floor.conversation_id)
    assert (conversation.state, conversation.assignee_id, conversation.resolved_at) == (
        ConversationState.ASSIGNED,
        floor.mei.id,
        None,
    )
    with pytest.raises(Refused):
        await core.desk.reopen(floor.mei, floor.conversation_id)


@pytest.mark.parametrize("action", [each for each in ACTIONS if each not in ("note", "reopen")])
@pytest.mark.parametrize("state", [ConversationState.RESOLVED, ConversationState.CLOSED])
async def test_what_is_over_stays_over(core: Core, floor: Floor, action: str, state: ConversationState) -> None:
    await core.desk.resolve(floor.boss, floor.conversation_id, reason="test")
    if state is ConversationState.CLOSED:
        await core.database.write(conversations.close, floor.conversation_id, core.clock())
    with pytest.raises(Refused):
        await ACTIONS[action](core.desk, floor.boss, floor)
    assert (await core.conversation(floor.conversation_id)).state is state


# Trying again


async def failing(core: Core, floor: Floor) -> DeliveryId:
    """A reply whose only part did not go through as the provider's answers say."""
    message = await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="1")
    await core.interactive.drain()
    (part,) = await core.parts_of(message)
    return part.id


@pytest.mark.parametrize("error", [Rejected("bad number"), UnknownOutcome()])
async def test_trying_again_calls_the_provider_again(
    core: Core, floor: Floor, error: Rejected | UnknownOutcome
) -> None:
    core.provider.answers.append(error)
    part = await failing(core, floor)
    await core.desk.retry(floor.mei, part)
    await core.interactive.drain()
    tried = await core.delivery(part)
    assert (tried.state, tried.attempt, len(core.provider.sent)) == (DeliveryState.ACCEPTED, 2, 2)
    assert (await core.message(f"{floor.conversation_id}/1")).state is DeliveryState.ACCEPTED


async def test_what_arrived_or_is_on_its_way_is_not_tried_again(core: Core, floor: Floor) -> None:
    arrived = await failing(core, floor)
    with pytest.raises(Refused):
        await core.desk.retry(floor.mei, arrived)
    core.provider.answers.append(ProviderUnavailable())
    message = await core.desk.reply(floor.mei, floor.conversation_id, WORDS, key="2")
    await core.interactive.drain()
    (waiting,) = await core.parts_of(message)
    with pytest.raises(Refused):
        await core.desk.retry(floor.mei, waiting.id)


async def test_two_people_who_try_again_at_once_send_once(core: Core, other: Core, floor: Floor) -> None:
    core.provider.answers.append(Rejected())
    part = await failing(core, floor)
    done = await asyncio.gather(
        core.desk.retry(floor.mei, part), other.desk.retry(floor.boss, part), return_exceptions=True
    )
    assert sorted(map(type, done), key=str) == sorted((type(None), Refused), key=str)
    await core.interactive.drain()
    assert len(core.provider.sent) == 2
