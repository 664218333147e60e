"""Alerts: what one person has to know at once, and whether they have looked at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from conversations.events import EventKind
from conversations.ids import AlertId, ContactId, ConversationId, UserId


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An event that was told to one person; everything but `read_at` is the event's own."""

    id: AlertId
    user_id: UserId
    kind: EventKind
    at: datetime
    actor: str
    conversation_id: ConversationId | None
    contact_id: ContactId | None
    subject_id: str | None
    reason: str
    data: Mapping[str, object]
    read_at: datetime | None = None
