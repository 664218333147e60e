"""Surveys: asked once, after the delay, never in rest time; an answer is a score and opens nothing again."""

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from conversations.address import visitor_address
from conversations.conversation import ConversationState
from conversations.events import EventKind
from conversations.ids import AccountId, InvitationId
from conversations.inbound import ContactChange, ContactChanged
from conversations.message import AuthorKind, Direction, Lane, Message
from conversations.parts import Choice, Menu, Part, Text, plain_text
from conversations.people import Role, User
from storage import tables
from storage.invitations import InvitationState
from tests.support.builders import a_user, store
from tests.support.core import CHAT, LI, SMS, Core, a_saying

DELAY = timedelta(minutes=10)
EXPIRES = timedelta(days=3)
CHINA = timezone(timedelta(hours=8))
VISITOR = visitor_address(CHAT, "visitor")


async def a_person(core: Core) -> User:
    user = a_user(role=Role.SUPERVISOR)
    await core.database.write(store, user)
    return user


async def resolved(core: Core, account: AccountId = SMS, text: str = "你好") -> Message:
    """A customer's matter that was just settled; their word."""
    heard = await core.hear(text, address=LI if account == SMS else VISITOR, account=account)
    await core.desk.resolve(await a_person(core), heard.conversation_id, reason="test")
    return heard


async def asked(core: Core, account: AccountId = SMS, text: str = "你好") -> tuple[Message, InvitationId]:
    """A customer who was asked how it went: their word, and the invitation."""
    heard = await resolved(core, account, text)
    core.clock.forward(DELAY)
    (due,) = await core.surveys.due()
    await core.surveys.send(due)
    return heard, due


async def invitation(core: Core) -> Any:
    """The only invitation."""
    (row,) = await core.rows(tables.invitations)
    return row


async def questions(core: Core) -> list[Part]:
    """What is handed over to the provider."""
    await core.bulk.drain()
    return [each.part for each in core.provider.sent]


# Asking


async def test_it_is_due_after_the_delay_and_not_before(core: Core) -> None:
    await resolved(core)
    core.clock.forward(DELAY - timedelta(seconds=1))
    assert await core.surveys.due() == []
    core.clock.forward(timedelta(seconds=1))
    assert await core.surveys.due() == [(await invitation(core)).id]


async def test_one_that_is_not_due_is_not_asked(core: Core) -> None:
    await resolved(core)
    await core.surveys.send((await invitation(core)).id)
    assert (await invitation(core)).state == InvitationState.DUE
    assert await questions(core) == []


async def test_where_one_can_tap_it_is_a_menu(core: Core) -> None:
    _, due = await asked(core, CHAT)
    (menu,) = await questions(core)
    assert isinstance(menu, Menu)
    assert [option.id for option in menu.options] == [f"{due}-{score}" for score in range(1, 6)]


async def test_elsewhere_it_is_a_text_with_numbers(core: Core) -> None:
    await asked(core, SMS)
    (text,) = await questions(core)
    assert isinstance(text, Text)
    assert text.text.splitlines()[1:] == ["1. 非常不满意", "2. 不满意", "3. 一般", "4. 满意", "5. 非常满意"]


async def test_it_is_asked_in_the_language_of_the_conversation(core: Core) -> None:
    await asked(core, CHAT, text="Hello")
    (menu,) = await questions(core)
    assert isinstance(menu, Menu)
    assert menu.options[0].label == "Very dissatisfied"


async def test_it_is_automatic_bulk_and_told(core: Core) -> None:
    heard, due = await asked(core)
    (row,) = await core.rows(tables.deliveries)
    assert (row.lane, row.automatic, row.conversation_id) == (Lane.BULK, True, heard.conversation_id)
    (message,) = [each for each in await core.rows(tables.messages) if each.direction == Direction.OUTBOUND]
    assert message.author == AuthorKind.SYSTEM
    assert [event.subject_id for event in await core.story(EventKind.SURVEY_SENT)] == [due]


async def test_it_is_asked_once_however_many_ask(core: Core, other: Core) -> None:
    await resolved(core)
    core.clock.forward(DELAY)
    (due,) = await core.surveys.due()
    await asyncio.gather(*(process.surveys.send(due) for process in [core, other] * 10))
    assert len(await questions(core)) == 1
    assert len(await core.story(EventKind.SURVEY_SENT)) == 1


async def test_in_rest_time_it_waits_until_the_morning(core: Core) -> None:
    """Resolved at 20:55 in China, due at 21:05, asked at 9:00."""
    core.clock.now = datetime(2026, 11, 21, 20, 55, tzinfo=CHINA)
    await resolved(core)
    core.clock.forward(DELAY)
    (due,) = await core.surveys.due()
    await core.surveys.send(due)
    assert await core.surveys.due() == []
    core.clock.now = datetime(2026, 11, 22, 8, 59, 59, tzinfo=CHINA)
    assert await core.surveys.due() == []
    core.clock.now = datetime(2026, 11, 22, 9, 0, tzinfo=CHINA)
    await core.surveys.send(*await core.surveys.due())
    assert len(await questions(core)) == 1


async def test_a_customer_who_wrote_again_is_not_asked(core: Core) -> None:
    await resolved(core)
    await core.hear("还有一个问题")
    core.clock.forward(DELAY)
    (due,) = await core.surveys.due()
    await core.surveys.send(due)
    found = await invitation(core)
    assert (found.state, found.reason) == (InvitationState.EXCUSED, "the conversation was taken up again")
    assert await questions(core) == []


async def test_a_conversation_that_was_resolved_twice_is_asked_about_once(core: Core) -> None:
    await resolved(core)
    core.clock.forward(timedelta(minutes=5))
    await resolved(core)
    core.clock.forward(DELAY)
    for due in await core.surveys.due():
        await core.surveys.send(due)
    found = {row.resolved_at: row.state for row in await core.rows(tables.invitations)}
    assert [found[at] for at in sorted(found)] == [InvitationState.EXCUSED, InvitationState.SENT]
    assert len(await questions(core)) == 1


async def test_a_customer_who_left_is_not_asked(core: Core) -> None:
    await resolved(core)
    left = ContactChanged(key="1", address=LI, change=ContactChange.UNFOLLOWED, occurred_at=core.clock())
    await core.accept(left)
    core.clock.forward(DELAY)
    await core.surveys.send(*await core.surveys.due())
    assert (await invitation(core)).reason == "the customer left this channel"


async def test_an_account_that_cannot_be_used_excuses(core: Core) -> None:
    await resolved(core)
    await core.change_account(SMS, nonsense="yes")
    core.clock.forward(DELAY)
    await core.surveys.send(*await core.surveys.due())
    assert (await invitation(core)).reason == "the account is gone"


# Answering


@pytest.mark.parametrize(
    ("said", "score"),
    [
        ("1", 1),
        ("5", 5),
        (" ５ ", 5),
        ("3分", 3),
        ("4.", 4),
        ("2。", 2),
        ("满意", 4),
        ("非常不满意", 1),
        ("NEUTRAL", 3),
    ],
)
async def test_an_answer_is_a_score_and_opens_nothing_again(core: Core, said: str, score: int) -> None:
    heard, due = await asked(core)
    answer = await core.hear(said)
    conversation = await core.conversation(heard.conversation_id)
    assert (conversation.score, conversation.state) == (score, ConversationState.RESOLVED)
    assert conversation.unanswered_since is None
    assert answer.conversation_id == heard.conversation_id
    found = await invitation(core)
    assert (found.state, found.score, found.answered_at) == (InvitationState.ANSWERED, score, core.clock.now)
    (event,) = await core.story(EventKind.SURVEY_ANSWERED)
    assert (event.subject_id, event.reason) == (due, f"score {score}")


async def test_a_tap_is_an_answer_and_is_thanked(core: Core) -> None:
    heard, due = await asked(core, CHAT)
    await core.accept(a_saying("", Choice(f"{due}-4", "满意"), address=VISITOR), account=CHAT)
    assert (await core.conversation(heard.conversation_id)).score == 4
    await core.interactive.drain()
    await core.bulk.drain()
    assert "感谢您的评价，祝您生活愉快！" in core.provider.texts()


async def test_no_thanks_by_short_message(core: Core) -> None:
    """It would cost money."""
    await asked(core)
    await core.bulk.drain()
    await core.hear("5")
    assert await core.interactive.drain() == await core.bulk.drain() == 0


async def test_an_answer_may_come_on_another_channel(core: Core) -> None:
    await core.hear(address=VISITOR, account=CHAT, evidence=(LI,))
    heard, _ = await asked(core, SMS)
    await core.hear("5", address=VISITOR, account=CHAT)
    assert (await core.conversation(heard.conversation_id)).score == 5


@pytest.mark.parametrize("said", ["6", "0", "15", "5 台", "我不满意你们的服务", "1 2"])
async def test_other_words_reopen_as_usual(core: Core, said: str) -> None:
    heard, _ = await asked(core)
    await core.hear(said)
    conversation = await core.conversation(heard.conversation_id)
    assert (conversation.score, conversation.state) == (None, ConversationState.QUEUED)
    assert (await invitation(core)).state == InvitationState.SENT


async def test_a_tap_on_another_menu_is_no_answer(core: Core) -> None:
    heard, _ = await asked(core, CHAT)
    await core.accept(a_saying("", Choice("other-4", "满意"), address=VISITOR), account=CHAT)
    assert (await core.conversation(heard.conversation_id)).score is None


async def test_a_digit_of_somebody_who_was_not_asked_is_a_word(core: Core) -> None:
    heard = await core.hear("5")
    assert (await core.conversation(heard.conversation_id)).state is ConversationState.NEW


async def test_a_second_digit_is_a_word(core: Core) -> None:
    heard, _ = await asked(core)
    await core.hear("5")
    await core.hear("1")
    conversation = await core.conversation(heard.conversation_id)
    assert (conversation.score, conversation.state) == (5, ConversationState.QUEUED)


async def test_an_answer_that_is_delivered_again_counts_once(core: Core, other: Core) -> None:
    heard, _ = await asked(core)
    answer = a_saying("5")
    await asyncio.gather(*(process.accept(answer) for process in [core, other] * 5))
    assert (await core.conversation(heard.conversation_id)).state is ConversationState.RESOLVED
    assert len(await core.story(EventKind.SURVEY_ANSWERED)) == 1


async def test_a_digit_in_a_conversation_that_goes_on_is_a_word(core: Core) -> None:
    """The agent asked how many; a tap on the survey still means the survey."""
    heard, due = await asked(core, CHAT)
    for said in ("还有一个问题", "2"):
        await core.hear(said, address=VISITOR, account=CHAT)
    conversation = await core.conversation(heard.conversation_id)
    assert (conversation.score, conversation.preview) == (None, "2")
    await core.accept(a_saying("", Choice(f"{due}-4"), address=VISITOR), account=CHAT)
    assert (await core.conversation(heard.conversation_id)).score == 4


async def test_a_digit_in_the_next_conversation_is_a_word(core: Core) -> None:
    """The one that was asked about is closed by now."""
    await asked(core)
    core.clock.forward(timedelta(days=2))
    new = await core.hear("又有问题")
    assert (await core.hear("2")).conversation_id == new.conversation_id


# Expiring


async def test_a_question_that_nobody_answered_expires_once(core: Core) -> None:
    await asked(core)
    core.clock.forward(EXPIRES - timedelta(seconds=1))
    assert await core.surveys.expire() == 0
    core.clock.forward(timedelta(seconds=1))
    assert [await core.surveys.expire(), await core.surveys.expire()] == [1, 0]
    assert (await invitation(core)).state == InvitationState.EXPIRED


@pytest.mark.parametrize("swept", [True, False])
async def test_an_expired_question_takes_no_answer_whether_or_not_it_was_swept(core: Core, swept: bool) -> None:
    heard, _ = await asked(core)
    core.clock.forward(EXPIRES)
    if swept:
        await core.surveys.expire()
    said = await core.hear("5")
    assert (await core.conversation(heard.conversation_id)).score is None
    assert said.conversation_id != heard.conversation_id
    assert plain_text(said.parts) == "5"
