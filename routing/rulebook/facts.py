"""Facts: what rules can look at, all of it stored when a conversation opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.conversation import Contact, Conversation
from conversations.ids import AccountId, ConversationId, QueueId, UserId
from storage import contacts, histories, messages
from storage.database import Connection
from storage.histories import Earlier


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One conversation as it came in, and its customer.

    `language` is BCP 47 or empty. `earlier` is when the customer's other conversations of the last year were opened,
    `last_score`, `previous_queue_id` and `previous_category` are of the latest of them that has one.
    """

    account_id: AccountId
    at: datetime
    text: str
    kind: str = ""
    language: str = ""
    source: str = ""
    segment: str = ""
    tags: frozenset[str] = frozenset()
    manager_id: UserId | None = None
    earlier: tuple[datetime, ...] = ()
    last_score: int | None = None
    previous_queue_id: QueueId | None = None
    previous_category: str = ""


FactsById = Mapping[ConversationId, Facts]


def facts_of(connection: Connection, rows: Sequence[Conversation], kinds: Mapping[AccountId, str]) -> FactsById:
    """The facts of these conversations: of contacts as they are now, of the rest as it was when they were opened."""
    ids = [row.id for row in rows]
    said = messages.first_words(connection, ids)
    people = contacts.many(connection, {row.contact_id for row in rows})
    earlier = histories.before(connection, ids)
    return {
        row.id: _facts(
            row, kinds.get(row.account_id, ""), said.get(row.id, ""), people[row.contact_id], earlier.get(row.id, [])
        )
        for row in rows
    }


def _facts(row: Conversation, kind: str, text: str, contact: Contact, earlier: Sequence[Earlier]) -> Facts:
    return Facts(
        account_id=row.account_id,
        at=row.opened_at,
        text=text,
        kind=kind,
        language=row.language,
        source=row.source,
        segment=contact.segment,
        tags=frozenset(contact.tags),
        manager_id=contact.manager_id,
        earlier=tuple(each.opened_at for each in earlier),
        last_score=next((each.score for each in earlier if each.score is not None), None),
        previous_queue_id=next((each.queue_id for each in earlier if each.queue_id is not None), None),
        previous_category=next((each.category for each in earlier if each.category), ""),
    )
