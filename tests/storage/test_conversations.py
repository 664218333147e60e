"""Conversations: one can be joined, lists come in pages, and what was quiet for long is closed."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from conversations.conversation import ORDINARY_WEIGHT, Conversation, ConversationState
from conversations.events import EventKind
from conversations.ids import ConversationId, UserId
from conversations.people import Scope
from storage import conversations, events, holdings, inbox
from storage.database import Database
from storage.inbox import View
from tests.support.builders import NOW, a_contact, a_conversation, a_user, an_account, open_database, store

ACCOUNT, CONTACT, AGENT = an_account(), a_contact(), a_user()
DAY = timedelta(days=1)
EVERYTHING = Scope(everything=True, user_id=AGENT.id, queue_ids=frozenset())


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


async def test_lists_hold_what_their_name_says_and_are_counted(database_url: str) -> None:
    mine = a_matter(ConversationState.ASSIGNED, assignee_id=AGENT.id)
    queued, resolved = a_matter(ConversationState.QUEUED), a_matter(ConversationState.RESOLVED, resolved_at=NOW)
    closed = a_matter(ConversationState.CLOSED)
    async with open_database(database_url) as database:
        await stored(database, mine, queued, resolved, closed)
        found = {view: {each.id for each in await database.read(inbox.listed, EVERYTHING, view)} for view in View}
        assert found == {
            View.MINE: {mine.id},
            View.UNASSIGNED: {queued.id},
            View.OPEN: {mine.id, queued.id},
            View.RESOLVED: {resolved.id, closed.id},
        }
        assert await database.read(inbox.counts, EVERYTHING) == {view: len(ids) for view, ids in found.items()}
        nobody = Scope(everything=False, user_id=UserId("nobody"), queue_ids=frozenset())
        assert set((await database.read(inbox.counts, nobody)).values()) == {0}


async def test_pages_follow_one_another_without_gap_or_repetition(database_url: str) -> None:
    """Many have their last word in the same instant: then the id decides."""
    matters = [a_matter(last_message_at=NOW + timedelta(seconds=number // 4)) for number in range(10)]
    expected = [each.id for each in sorted(matters, key=lambda each: (each.last_message_at, each.id), reverse=True)]
    async with open_database(database_url) as database:
        await stored(database, *matters)
        found: list[ConversationId] = []
        before = None
        while page := await database.read(inbox.listed, EVERYTHING, View.OPEN, before=before, limit=3):
            found += [each.id for each in page]
            before = (page[-1].last_message_at, page[-1].id)
        assert found == expected


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


async def test_the_load_of_an_agent_counts_who_is_waited_for(database_url: str) -> None:
    states = (ConversationState.ASSIGNED, ConversationState.WAITING, ConversationState.RESOLVED)
    async with open_database(database_url) as database:
        await stored(database, *(a_matter(state, assignee_id=AGENT.id) for state in states))
        assert await database.read(holdings.loads, [AGENT.id, UserId("nobody")]) == {AGENT.id: 2 * ORDINARY_WEIGHT}
