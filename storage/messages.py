"""Messages: stored once, found by their keys, read as one timeline."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, bindparam, or_, select, update

from conversations.ids import AccountId, ContactId, ConversationId, MessageId
from conversations.message import AuthorKind, DeliveryState, Direction, Message
from conversations.parts import Part, plain_text
from conversations.people import Scope
from storage.bulk import Bulk
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.rows import fields_of
from storage.scopes import within
from storage.tables import conversations, deliveries, messages

Key = tuple[AccountId, str]
"""What a message is known by: an account, and a key that is unique there."""

_KNOWN_KEYS = Lookup(
    select(messages.c.account_id, messages.c.key).where(
        among(messages.c.account_id, texts("accounts")),
        messages.c.direction == bindparam("direction"),
        among(messages.c.key, texts("keys")),
    )
)


def known_keys(connection: Connection, keys: Iterable[Key]) -> set[Key]:
    """Which of these inbound keys are stored already."""
    return _known_keys(connection, Direction.INBOUND, set(keys))


def known_outbound_keys(connection: Connection, keys: Iterable[Key]) -> set[Key]:
    """Which of these outbound keys are stored already."""
    return _known_keys(connection, Direction.OUTBOUND, set(keys))


def _known_keys(connection: Connection, direction: Direction, asked: set[Key]) -> set[Key]:
    accounts, keys = [account for account, _ in asked], [key for _, key in asked]
    found = _KNOWN_KEYS.run(connection, accounts=accounts, direction=direction, keys=keys)
    return asked & {(AccountId(account), key) for account, key in found}


def by_key(connection: Connection, account_id: AccountId, direction: Direction, key: str) -> Message | None:
    """The message that was stored under this key, or None."""
    row = connection.execute(
        select(messages).where(
            messages.c.account_id == account_id, messages.c.direction == direction, messages.c.key == key
        )
    ).one_or_none()
    return None if row is None else _message(fields_of(row))


def in_conversation(
    connection: Connection, conversation_id: ConversationId, direction: Direction, key: str
) -> Message | None:
    """What was said in a conversation under this key, on whatever account, or None."""
    row = connection.execute(
        select(messages).where(
            messages.c.conversation_id == conversation_id, messages.c.direction == direction, messages.c.key == key
        )
    ).one_or_none()
    return None if row is None else _message(fields_of(row))


def get(connection: Connection, message_id: MessageId) -> Message | None:
    """One message, or None."""
    row = connection.execute(select(messages).where(messages.c.id == message_id)).one_or_none()
    return None if row is None else _message(fields_of(row))


_MANY = Lookup(select(messages).where(among(messages.c.id, texts("ids"))))


def many(connection: Connection, ids: Iterable[MessageId]) -> dict[MessageId, Message]:
    """Several messages by id."""
    return {found.id: found for found in map(_message, _MANY.named(connection, ids=ids))}


_ADD = Bulk.insert(messages)


def add(transaction: Transaction, new: Sequence[Message]) -> None:
    """Store messages; a second one with the same account, direction and key is refused by the database."""
    _ADD.run(transaction.connection, [vars(message) for message in new])


def timeline(
    connection: Connection,
    contact_id: ContactId,
    scope: Scope | None = None,
    *,
    before: MessageId | None = None,
    limit: int = 100,
) -> list[Message]:
    """What was said with one person on all channels, in order: the newest `limit` messages, or those before one."""
    query = select(messages).where(messages.c.contact_id == contact_id)
    if scope is not None and not scope.everything:
        query = query.join(conversations, conversations.c.id == messages.c.conversation_id).where(within(scope))
    if before is not None:
        query = query.where(messages.c.id < before)
    rows = connection.execute(query.order_by(messages.c.id.desc()).limit(limit))
    return [_message(fields_of(row)) for row in rows][::-1]


def of_conversation(connection: Connection, conversation_id: ConversationId, limit: int = 100) -> list[Message]:
    """The newest messages of one conversation, in order."""
    rows = connection.execute(
        select(messages)
        .where(messages.c.conversation_id == conversation_id)
        .order_by(messages.c.id.desc())
        .limit(limit)
    )
    return [_message(fields_of(row)) for row in rows][::-1]


_SAID_BY_CUSTOMER = Lookup(
    select(messages.c.parts)
    .where(
        messages.c.conversation_id == bindparam("conversation", type_=Text),
        messages.c.direction == Direction.INBOUND,
    )
    .order_by(messages.c.id.desc())
    .limit(bindparam("limit"))
)


def said_by_customer(connection: Connection, conversation_id: ConversationId, limit: int = 100) -> list[str]:
    """The customer's newest words in one conversation, the last first."""
    found = _SAID_BY_CUSTOMER.run(connection, conversation=conversation_id, limit=limit)
    return [plain_text(parts) for (parts,) in found]


_FIRST = Lookup(
    select(messages.c.conversation_id, messages.c.subject, messages.c.parts)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        among(messages.c.conversation_id, texts("ids")),
        messages.c.direction == Direction.INBOUND,
        messages.c.received_at <= conversations.c.opened_at,
    )
    .order_by(messages.c.id)
)


def first_words(connection: Connection, ids: Iterable[ConversationId]) -> dict[ConversationId, str]:
    """What the customers said to open these conversations, subjects included: never what came later."""
    said: dict[ConversationId, list[str]] = {}
    for conversation_id, subject, parts in _FIRST.run(connection, ids=ids):
        said.setdefault(ConversationId(conversation_id), []).extend((subject, plain_text(parts)))
    return {conversation_id: "\n".join(words) for conversation_id, words in said.items()}


def by_external_id(connection: Connection, account_id: AccountId, external_id: str) -> list[Message]:
    """What the provider knows under this name, said by the customer or by us."""
    sent = select(deliveries.c.message_id).where(
        deliveries.c.account_id == account_id, deliveries.c.external_id == external_id
    )
    rows = connection.execute(
        select(messages).where(
            messages.c.account_id == account_id,
            or_(messages.c.external_id == external_id, messages.c.id.in_(sent)),
        )
    )
    return [_message(fields_of(row)) for row in rows]


def recall(transaction: Transaction, message_id: MessageId, at: datetime) -> None:
    """Note that whoever said it took it back."""
    transaction.connection.execute(update(messages).where(messages.c.id == message_id).values(recalled_at=at))


def conversations_by_external_id(
    connection: Connection, account_id: AccountId, external_ids: Sequence[str]
) -> dict[str, ConversationId]:
    """In which conversations these provider's message names occur, said by them or by us."""
    found: dict[str, ConversationId] = {}
    for table in (messages, deliveries):
        rows = connection.execute(
            select(table.c.external_id, table.c.conversation_id).where(
                table.c.account_id == account_id, among(table.c.external_id, external_ids)
            )
        )
        found.update({name: ConversationId(conversation) for name, conversation in rows})
    return found


def external_ids(connection: Connection, conversation_id: ConversationId, account_id: AccountId) -> list[str]:
    """The provider's names of what was said in a conversation, in order, for threading."""
    named: list[tuple[str, str]] = []
    for table, order in ((messages, messages.c.id), (deliveries, deliveries.c.id)):
        rows = connection.execute(
            select(order, table.c.external_id)
            .where(
                table.c.conversation_id == conversation_id,
                table.c.account_id == account_id,
                table.c.external_id != "",
            )
            .order_by(order.desc())
            .limit(20)
        )
        named += [(row[0], row[1]) for row in rows]
    return [name for _, name in sorted(named)]


def set_state(transaction: Transaction, message_id: MessageId, state: DeliveryState) -> None:
    """Write the fold of a message's parts."""
    transaction.connection.execute(update(messages).where(messages.c.id == message_id).values(state=state))


def set_parts(transaction: Transaction, message_id: MessageId, parts: tuple[Part, ...]) -> None:
    """Write parts again, now that a file of theirs has come."""
    transaction.connection.execute(update(messages).where(messages.c.id == message_id).values(parts=parts))


def _message(fields: dict[str, Any]) -> Message:
    fields["direction"] = Direction(fields["direction"])
    fields["author"] = AuthorKind(fields["author"])
    fields["state"] = None if fields["state"] is None else DeliveryState(fields["state"])
    return Message(**fields)
