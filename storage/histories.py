"""Histories: what was with a customer before a conversation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, select, type_coerce

from conversations.ids import ConversationId, QueueId
from storage.bulk import among
from storage.tables import conversations

LOOKS_BACK = timedelta(days=365)


@dataclass(frozen=True)
class Earlier:
    """One conversation that the same customer had before."""

    opened_at: datetime
    queue_id: QueueId | None
    score: int | None
    category: str


def before(connection: Connection, ids: Iterable[ConversationId]) -> dict[ConversationId, list[Earlier]]:
    """What each of these conversations' customers had begun in the year before it, the latest first."""
    this, other = conversations.alias("this"), conversations.alias("other")
    began, other_began = (type_coerce(table.c.opened_at, BigInteger) for table in (this, other))
    rows = connection.execute(
        select(this.c.id, other.c.opened_at, other.c.queue_id, other.c.score, other.c.category)
        .join(other, other.c.contact_id == this.c.contact_id)
        .where(
            among(this.c.id, ids),
            other_began < began,
            other_began >= began - LOOKS_BACK // timedelta(microseconds=1),
        )
        .order_by(other.c.opened_at.desc(), other.c.id.desc())
    )
    found: dict[ConversationId, list[Earlier]] = {}
    for conversation_id, *earlier in rows:
        found.setdefault(ConversationId(conversation_id), []).append(Earlier(*earlier))
    return found
