"""Messages as a visitor sees them. State is sent, not steps: reading a message twice is harmless."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from conversations.address import Address
from conversations.ids import AccountId, MessageId
from conversations.message import AuthorKind, Delivery, DeliveryState, Direction, Message
from conversations.parts import (
    Album,
    Choice,
    Html,
    Link,
    Location,
    Media,
    Menu,
    Part,
    Segment,
    Template,
    Text,
    plain_text,
)
from storage import deliveries, events, messages, visitors
from storage.database import Connection

Json = dict[str, Any]

REMEMBERED = 100
"""Messages that a visitor who comes back sees again."""

_VISIBLE = frozenset((DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ))
_FROM = {AuthorKind.CONTACT: "visitor", AuthorKind.AGENT: "agent", AuthorKind.SYSTEM: "system"}


@dataclass(frozen=True)
class Said:
    """A message, and how it is shown at its address."""

    account_id: AccountId
    address: Address
    view: Json


@dataclass(frozen=True)
class Snapshot:
    """What a visitor has not seen yet, as it was at one position of the story."""

    position: int
    messages: list[Json]


def snapshot(connection: Connection, account_id: AccountId, address: Address, cursor: int) -> Snapshot:
    """Everything over this address that is new or changed since the cursor; 0 stands for the beginning."""
    head = events.head(connection)
    said = visitors.said_over(connection, account_id, address, REMEMBERED)
    if 0 < cursor <= head:
        changed = visitors.changed_after(connection, said.values(), cursor)
        said = {message_id: where for message_id, where in said.items() if message_id in changed}
    return Snapshot(head, [each.view for each in load(connection, said)])


def load(connection: Connection, ids: Iterable[MessageId]) -> list[Said]:
    """Some messages in order, without those that visitors do not see (yet)."""
    found = messages.many(connection, ids)
    parts = deliveries.of_messages(connection, found)
    views = [(message, _view(message, parts.get(message.id, ()))) for message in sorted(found.values(), key=_order)]
    return [Said(message.account_id, message.address, view) for message, view in views if view["parts"]]


def find_media(connection: Connection, account_id: AccountId, address: Address, digest: str) -> Media | None:
    """A file that was sent or received over this address, or None."""
    found = messages.many(connection, visitors.said_over(connection, account_id, address, REMEMBERED))
    parts = (part for message in found.values() for part in message.parts)
    return next((part for part in parts if isinstance(part, Media) and part.digest == digest), None)


def _order(message: Message) -> MessageId:
    return message.id


def _view(message: Message, planned: Sequence[Delivery]) -> Json:
    return {
        "id": message.id,
        "client": message.external_id if message.direction is Direction.INBOUND else "",
        "from": _FROM[message.author],
        "at": message.occurred_at.isoformat(),
        "parts": _parts(message, planned),
    }


def _parts(message: Message, planned: Sequence[Delivery]) -> list[Json]:
    match message.direction:
        case Direction.INBOUND:
            return [part_view(part) for part in message.parts]
        case Direction.OUTBOUND:
            return [
                {**part_view(each.part), "delivery": each.id, "state": each.state}
                for each in planned
                if each.state in _VISIBLE
            ]
        case Direction.NOTE:
            return []


def part_view(part: Part) -> Json:
    """One part, by its kind."""
    match part:
        case Text() | Segment():
            return {"kind": "text", "text": part.text}
        case Template() | Album():
            return {"kind": "text", "text": plain_text((part,))}
        case Menu():
            options = [{"id": option.id, "label": option.label} for option in part.options]
            return {"kind": "menu", "text": part.text, "options": options}
        case Media():
            fields = {"type": part.type, "name": part.name, "mime": part.mime, "size": part.size}
            return {"kind": "media", "digest": part.digest, **fields}
        case Link():
            return {"kind": "link", "url": part.url, "title": part.title, "description": part.description}
        case Choice():
            return {"kind": "choice", "id": part.id, "label": part.label}
        case Location():
            return {"kind": "text", "text": part.label or f"{part.latitude},{part.longitude}"}
        case Html():
            return {"kind": "text", "text": ""}
