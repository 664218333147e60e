"""Notices (公告): what everybody, or everybody of some queues, is to know; of some it is asked that they be read."""

from dataclasses import dataclass
from datetime import datetime

from conversations.ids import NoticeId, QueueId, UserId
from conversations.people import User


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One of them, in force until `until`, or without end. Without `queue_ids` it is for everybody."""

    id: NoticeId
    title: str
    text: str
    must_read: bool
    author_id: UserId
    published_at: datetime
    until: datetime | None = None
    queue_ids: frozenset[QueueId] = frozenset()

    def concerns(self, user: User) -> bool:
        """Whether it is for this person."""
        return not self.queue_ids or bool(self.queue_ids & user.queue_ids)
