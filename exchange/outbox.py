"""The outbox: an outbound message and its planned parts are stored together, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from conversations.address import Address
from conversations.conversation import Conversation
from conversations.events import Event, EventKind
from conversations.ids import AccountId, DeliveryId, MessageId, new_id
from conversations.message import AuthorKind, Delivery, DeliveryState, Direction, Lane, Message
from conversations.parts import Part
from storage import deliveries, messages, slots
from storage.database import Transaction


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Something we want to say. `key` makes saying it twice impossible; `automatic` means that no person wrote it."""

    parts: tuple[Part, ...]
    planned: tuple[Part, ...]
    account_id: AccountId
    address: Address
    author: AuthorKind
    author_id: str
    key: str
    lane: Lane = Lane.INTERACTIVE
    automatic: bool = False


def automatic(
    conversation: Conversation,
    parts: tuple[Part, ...],
    planned: tuple[Part, ...],
    author_id: str,
    key: str,
    lane: Lane = Lane.INTERACTIVE,
) -> Draft:
    """Something that no person wrote, to where the customer wrote last."""
    return Draft(
        parts=parts,
        planned=planned,
        account_id=conversation.account_id,
        address=conversation.address,
        author=AuthorKind.SYSTEM,
        author_id=author_id,
        key=key,
        lane=lane,
        automatic=True,
    )


def post(transaction: Transaction, conversation: Conversation, draft: Draft, now: datetime, trace: str) -> Message:
    """Store a message and put its parts into the outbox. The same key again returns the first message."""
    known = messages.by_key(transaction.connection, draft.account_id, Direction.OUTBOUND, draft.key)
    if known is not None:
        return known
    message = _message(conversation, draft, now)
    messages.add(transaction, [message])
    planned = _deliveries(transaction, message, draft, now, trace)
    # Room in a request of the customer's that is still open is used first, and costs nothing.
    until = slots.open_until(transaction.connection, draft.account_id, draft.address, now)
    if until is not None:
        planned = [replace(planned[0], due_at=until), *planned[1:]]
    deliveries.add(transaction, planned, now)
    transaction.emit(
        Event(
            kind=EventKind.MESSAGE_SENT,
            at=now,
            actor=draft.author_id,
            conversation_id=conversation.id,
            message_id=message.id,
            contact_id=conversation.contact_id,
            trace=trace,
        )
    )
    return message


def _message(conversation: Conversation, draft: Draft, now: datetime) -> Message:
    return Message(
        id=MessageId(new_id()),
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        account_id=draft.account_id,
        address=draft.address,
        direction=Direction.OUTBOUND,
        author=draft.author,
        author_id=draft.author_id,
        parts=draft.parts,
        subject=conversation.subject,
        key=draft.key,
        occurred_at=now,
        received_at=now,
        state=DeliveryState.PENDING,
    )


def _deliveries(
    transaction: Transaction, message: Message, draft: Draft, now: datetime, trace: str
) -> Sequence[Delivery]:
    thread = messages.external_ids(transaction.connection, message.conversation_id, message.account_id)
    return [
        Delivery(
            id=DeliveryId(new_id()),
            message_id=message.id,
            conversation_id=message.conversation_id,
            account_id=message.account_id,
            address=message.address,
            position=position,
            part=part,
            lane=draft.lane,
            state=DeliveryState.PENDING,
            attempt=1,
            due_at=now,
            subject=message.subject,
            thread=tuple(thread),
            automatic=draft.automatic,
            trace=trace,
        )
        for position, part in enumerate(draft.planned)
    ]
