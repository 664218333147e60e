"""What we know about a customer: agents write it down, rules and colleagues read it."""

from collections.abc import Sequence
from datetime import datetime

from conversations.clock import Clock
from conversations.events import Event, EventKind
from conversations.ids import ConversationId, UserId
from conversations.people import User, scope_of
from desk.errors import NotFound, Refused
from storage import contacts, conversations, people
from storage.database import Database, Transaction

LONGEST = 60
MOST_TAGS = 30


class Contacts:
    """A customer is reached through a conversation that the person may see."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def describe(
        self, user: User, conversation_id: ConversationId, segment: str, tags: Sequence[str], manager: UserId | None
    ) -> None:
        """Write down segment, tags and named manager. Raises `Refused` for what cannot be one."""
        words = [segment, *tags]
        if len(tags) > MOST_TAGS or any(len(word) > LONGEST for word in words) or not all(map(str.strip, tags)):
            raise Refused("A customer has at most 30 tags, each of 1 to 60 characters.")
        cleaned = list(dict.fromkeys(tag.strip() for tag in tags))
        await self._database.write(_describe, user, conversation_id, segment.strip(), cleaned, manager, self._clock())


def _describe(
    transaction: Transaction,
    user: User,
    conversation_id: ConversationId,
    segment: str,
    tags: Sequence[str],
    manager: UserId | None,
    now: datetime,
) -> None:
    found = conversations.get(transaction.connection, conversation_id, scope_of(user))
    if found is None:
        raise NotFound
    if manager is not None and people.get(transaction.connection, manager) is None:
        raise Refused("There is no such colleague.")
    contacts.describe(transaction, found.contact_id, segment, tags, manager)
    transaction.emit(
        Event(
            kind=EventKind.CONTACT_CHANGED,
            at=now,
            actor=user.id,
            conversation_id=conversation_id,
            contact_id=found.contact_id,
            reason="described",
            data={"segment": segment, "tags": list(tags), "manager_id": manager},
        )
    )
