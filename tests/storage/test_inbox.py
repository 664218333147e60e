"""Lists hold what their name says, and come in pages."""

from datetime import timedelta

from conversations.conversation import Conversation, ConversationState
from conversations.ids import ConversationId, UserId
from conversations.people import Scope
from storage import inbox
from storage.inbox import View
from tests.support.builders import NOW, a_contact, a_conversation, a_user, an_account, open_database, store

ACCOUNT, CONTACT, AGENT = an_account(), a_contact(), a_user()
EVERYTHING = Scope(everything=True, user_id=AGENT.id, queue_ids=frozenset())


def a_matter(state: ConversationState = ConversationState.NEW, **changes: object) -> Conversation:
    return a_conversation(ACCOUNT.id, CONTACT.id, state=state, **changes)


async def test_lists_hold_what_their_name_says_and_are_counted(database_url: str) -> None:
    mine = a_matter(ConversationState.ASSIGNED, assignee_id=AGENT.id)
    queued, resolved = a_matter(ConversationState.QUEUED), a_matter(ConversationState.RESOLVED, resolved_at=NOW)
    closed = a_matter(ConversationState.CLOSED)
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT, CONTACT, AGENT, mine, queued, resolved, closed)
        found = {view: {each.id for each in await database.read(inbox.listed, EVERYTHING, view)} for view in View}
        assert found == {
            View.MINE: {mine.id},
            View.UNASSIGNED: {queued.id},
            View.OPEN: {mine.id, queued.id},
            View.RESOLVED: {resolved.id, closed.id},
        }
        work = {view: len(ids) for view, ids in found.items() if view is not View.RESOLVED}
        assert await database.read(inbox.counts, EVERYTHING) == work
        nobody = Scope(everything=False, user_id=UserId("nobody"), queue_ids=frozenset())
        assert set((await database.read(inbox.counts, nobody)).values()) == {0}


async def test_pages_follow_one_another_without_gap_or_repetition(database_url: str) -> None:
    """Many have their last word in the same instant: then the id decides."""
    matters = [a_matter(last_message_at=NOW + timedelta(seconds=number // 4)) for number in range(10)]
    expected = [each.id for each in sorted(matters, key=lambda each: (each.last_message_at, each.id), reverse=True)]
    async with open_database(database_url) as database:
        await database.write(store, ACCOUNT, CONTACT, AGENT, *matters)
        found: list[ConversationId] = []
        before = None
        while page := await database.read(inbox.listed, EVERYTHING, View.OPEN, before=before, limit=3):
            found += [each.id for each in page]
            before = (page[-1].last_message_at, page[-1].id)
        assert found == expected
