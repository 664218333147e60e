"""Histories: what was with a customer before a conversation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, select, type_coerce

from conversations.ids import ConversationId, QueueId
from storage.lookups import Lookup, among, texts
from storage.tables import conversations

LOOKS_BACK = timedelta(days=365)


@dataclass(frozen=True)
class Earlier:
    """One conversation that the same customer had before."""

    opened_at: datetime
    queue_id: QueueId | None
    score: int | None
    category: str


_THIS, _OTHER = conversations.alias("this"), conversations.alias("other")
_BEGAN, _OTHER_BEGAN = (type_coerce(table.c.opened_at, BigInteger) for table in (_THIS, _OTHER))

_BEFORE = Lookup(
    select(_THIS.c.id, _OTHER.c.opened_at, _OTHER.c.queue_id, _OTHER.c.score, _OTHER.c.category)
    .join(_OTHER, _OTHER.c.contact_id == _THIS.c.contact_id)
    .where(
        among(_THIS.c.id, texts("ids")),
        _OTHER_BEGAN < _BEGAN,
        _BEGAN - LOOKS_BACK // timedelta(microseconds=1) <= _OTHER_BEGAN,
    )
    .order_by(_OTHER.c.opened_at.desc(), _OTHER.c.id.desc())
)


def before(connection: Connection, ids: Iterable[ConversationId]) -> dict[ConversationId, list[Earlier]]:
    """What each of these conversations' customers had begun in the year before it, the latest first."""
    found: dict[ConversationId, list[Earlier]] = {}
    for conversation_id, *earlier in _BEFORE.run(connection, ids=ids):
        found.setdefault(ConversationId(conversation_id), []).append(Earlier(*earlier))
    return found
