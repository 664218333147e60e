"""Invitations: one for each resolving, and the latest open question is the one that is answered."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from conversations.ids import InvitationId, new_id
from storage import invitations
from storage.database import Database
from storage.invitations import Invitation, InvitationState
from tests.support.builders import NOW, a_contact, a_conversation, an_account, open_database, store

ACCOUNT, CONTACT = an_account(), a_contact()
MATTER = a_conversation(ACCOUNT.id, CONTACT.id)
HOUR = timedelta(hours=1)


def an_invitation(**changes: Any) -> Invitation:
    invitation = Invitation(
        id=InvitationId(new_id()),
        conversation_id=MATTER.id,
        contact_id=CONTACT.id,
        agent_id=None,
        resolved_at=NOW,
        state=InvitationState.DUE,
        due_at=NOW,
    )
    return replace(invitation, **changes)


async def stored(database: Database, *invited: Invitation) -> None:
    await database.write(store, ACCOUNT, CONTACT, MATTER)
    for each in invited:
        await database.write(invitations.add, each)


async def test_an_invitation_comes_back_as_it_was(database_url: str) -> None:
    asked = an_invitation(state=InvitationState.SENT, sent_at=NOW, expires_at=NOW + HOUR, reason="why", score=5)
    async with open_database(database_url) as database:
        await stored(database, asked)
        assert await database.write(invitations.lock, asked.id) == asked
        assert await database.read(invitations.of_conversation, MATTER.id) == [asked]


async def test_one_resolving_is_asked_about_once(database_url: str) -> None:
    async with open_database(database_url) as database:
        await stored(database, an_invitation(), an_invitation(resolved_at=NOW + HOUR))
        with pytest.raises(IntegrityError):
            await database.write(invitations.add, an_invitation())


async def test_what_is_due_comes_the_oldest_first(database_url: str) -> None:
    later, earlier = an_invitation(), an_invitation(resolved_at=NOW - HOUR, due_at=NOW - HOUR)
    future = an_invitation(resolved_at=NOW + HOUR, due_at=NOW + HOUR)
    async with open_database(database_url) as database:
        await stored(database, later, earlier, future)
        assert await database.read(invitations.due, NOW) == [earlier.id, later.id]


async def test_the_latest_open_question_is_answered(database_url: str) -> None:
    older, newer = (
        an_invitation(state=InvitationState.SENT, resolved_at=NOW + hours * HOUR, sent_at=NOW + hours * HOUR)
        for hours in (1, 2)
    )
    answered = an_invitation(state=InvitationState.ANSWERED, sent_at=NOW + 3 * HOUR)
    async with open_database(database_url) as database:
        await stored(database, newer, older, answered)
        assert await database.write(invitations.awaiting_answer, [CONTACT.id]) == {CONTACT.id: newer}


async def test_questions_are_overdue_from_their_end_on(database_url: str) -> None:
    asked = an_invitation(state=InvitationState.SENT, sent_at=NOW, expires_at=NOW + HOUR)
    async with open_database(database_url) as database:
        await stored(database, asked, an_invitation(resolved_at=NOW + HOUR))
        assert await database.write(invitations.overdue, NOW + HOUR - timedelta(microseconds=1)) == []
        assert await database.write(invitations.overdue, NOW + HOUR) == [asked]
