"""Conversations: one can be joined, and what was quiet for long is closed."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from conversations.conversation import Conversation, ConversationState
from conversations.events import EventKind
from conversations.ids import ConversationId
from storage import conversations, events
from storage.database import Database
from tests.support.builders import NOW, a_contact, a_conversation, a_user, an_account, open_database, store

ACCOUNT, CONTACT, AGENT = an_account(), a_contact(), a_user()
DAY = timedelta(days=1)


def a_matter(state: ConversationState = ConversationState.NEW, **changes: object) -> Conversation:
    return a_conversation(ACCOUNT.id, CONTACT.id, state=state, **changes)


async def stored(database: Database, *matters: Conversation) -> None:
    await database.write(store, ACCOUNT, CONTACT, AGENT, *matters)


async def test_a_conversation_comes_back_as_it_was(database_url: str) -> None:
    first = a_matter()
    matter = a_matter(
        ConversationState.RESOLVED,
        subject="退款",
        language="zh-CN",
        assignee_id=AGENT.id,
        owner_id=AGENT.id,
        resolved_at=NOW,
        previous_id=first.id,
        score=5,
    )
    async with open_database(database_url) as database:
        await stored(database, first, matter)
        assert await database.read(conversations.get, matter.id) == matter
        assert await database.write(conversations.lock, matter.id) == matter
        assert await database.read(conversations.many, [matter.id]) == {matter.id: matter}
        assert await database.read(conversations.get, ConversationId("0" * 32)) is None


async def test_a_contact_has_one_conversation_to_join(database_url: str) -> None:
    async with open_database(database_url) as database:
        await stored(database)
        await database.write(conversations.add, [a_matter()], joinable=True)
        with pytest.raises(IntegrityError):
            await database.write(conversations.add, [a_matter()], joinable=True)
        await database.write(conversations.add, [a_matter(), a_matter()], joinable=False)


async def test_what_was_quiet_for_long_is_closed_with_a_reason(database_url: str) -> None:
    quiet = a_matter(ConversationState.RESOLVED, resolved_at=NOW - DAY)
    fresh = a_matter(ConversationState.RESOLVED, resolved_at=NOW - DAY + timedelta(seconds=1))
    active = a_matter()
    async with open_database(database_url) as database:
        await stored(database, quiet, fresh, active)
        assert await database.read(conversations.resolved_before, NOW - DAY + timedelta(microseconds=1)) == [quiet.id]
        for each in (quiet, fresh, active):
            await database.write(conversations.close_quiet, each.id, NOW, DAY)
        states = [(await database.write(conversations.lock, each.id)) for each in (quiet, fresh, active)]
        assert [each.state for each in states if each] == ["closed", "resolved", "new"]
        told = [event for event in await database.read(events.after, 0) if event.kind is EventKind.CONVERSATION_CLOSED]
        assert [(event.conversation_id, event.reason) for event in told] == [(quiet.id, "nobody wrote in time")]
