"""The house as screens know it: who works here and what queues are called, read again only when it may have changed."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Self

from conversations.events import Event, EventKind
from conversations.ids import UserId
from conversations.people import User
from storage import people, queues
from storage.database import Connection

_EVERYDAY = frozenset(
    (
        EventKind.MESSAGE_RECEIVED,
        EventKind.MESSAGE_SENT,
        EventKind.MESSAGE_CHANGED,
        EventKind.NOTE_ADDED,
        EventKind.DELIVERY_CHANGED,
        EventKind.CONVERSATION_OPENED,
        EventKind.CONVERSATION_QUEUED,
        EventKind.CONVERSATION_ASSIGNED,
        EventKind.CONVERSATION_RESOLVED,
        EventKind.CONVERSATION_REOPENED,
        EventKind.CONVERSATION_CLOSED,
        EventKind.DEADLINE_CHANGED,
        EventKind.DEADLINE_WARNED,
        EventKind.DEADLINE_BREACHED,
        EventKind.ROUTER_DECIDED,
    )
)
"""Events that tell nothing of people and queues. Whatever is not named here may."""


@dataclass(frozen=True)
class House:
    """Some of the people, and what everybody and every queue is called; every event up to `position` is in it."""

    position: int
    users: Mapping[UserId, User]
    people: Mapping[str, str]
    queues: Mapping[str, str]

    @classmethod
    def load(cls, connection: Connection, position: int, asked: Set[UserId]) -> Self:
        """Read it, when the event at `position` is committed."""
        return cls(position, people.many(connection, asked), people.names(connection), queues.names(connection))

    def after(self, batch: Sequence[Event], asked: Set[UserId]) -> Self | None:
        """The house after a batch of events; None when it has to be read again for these people."""
        is_next = batch[0].position <= self.position + 1
        if not is_next or not asked <= self.users.keys() or any(each.kind not in _EVERYDAY for each in batch):
            return None
        return replace(self, position=max(self.position, batch[-1].position))
