"""Mailboxes that visitors of a web chat left, and what they have not seen of our answers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from conversations.address import Address
from conversations.ids import AccountId, ConversationId, DeliveryId, MessageId
from conversations.message import DeliveryState
from storage.bulk import Bulk
from storage.database import Transaction
from storage.lookups import among
from storage.tables import conversations, deliveries, identities, mailboxes


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """Where the visitor at `address` says that they can be written to; `seen_at` is when their line was last open.

    `conversation_id` is what was sent there: an answer to it from there proves that the mailbox is theirs.
    """

    address: Address
    account_id: AccountId
    mailbox: Address
    seen_at: datetime
    conversation_id: ConversationId | None = None


_LEAVE = Bulk.upsert(mailboxes)


def leave(transaction: Transaction, left: Iterable[Mailbox]) -> None:
    """Remember mailboxes; the one that a visitor named before is forgotten, and with it what it could prove."""
    new = _fresh(transaction, {each.address: each for each in left})
    _LEAVE.run(transaction.connection, [vars(each) for each in new])


def _fresh(transaction: Transaction, left: Mapping[Address, Mailbox]) -> list[Mailbox]:
    known = {each.address: each.mailbox for each in _found(transaction.connection, among(mailboxes.c.address, left))}
    return [each for each in left.values() if known.get(each.address) != each.mailbox]


def see(transaction: Transaction, addresses: Iterable[Address], now: datetime) -> None:
    """Note that the lines of these visitors are open; those who left no mailbox are passed over."""
    transaction.connection.execute(update(mailboxes).where(among(mailboxes.c.address, addresses)).values(seen_at=now))


def forget(transaction: Transaction, before: datetime) -> None:
    """Throw away the mailboxes of visitors who were here last before."""
    transaction.connection.execute(delete(mailboxes).where(mailboxes.c.seen_at < before))


def lock(transaction: Transaction, address: Address) -> Mailbox | None:
    """What a visitor left, held against other writers until the commit."""
    row = transaction.connection.execute(
        select(mailboxes).where(mailboxes.c.address == address).with_for_update(key_share=True)
    ).one_or_none()
    return None if row is None else Mailbox(**row._mapping)


def send_to(transaction: Transaction, address: Address, conversation_id: ConversationId) -> None:
    """Remember which conversation is sent to the mailbox of a visitor."""
    transaction.connection.execute(
        update(mailboxes).where(mailboxes.c.address == address).values(conversation_id=conversation_id)
    )


def answered(
    connection: Connection, senders: Collection[Address], tokens: Collection[str]
) -> dict[tuple[Address, str], Address]:
    """The visitors to whose mailbox a conversation was sent, by mailbox and conversation."""
    found = _found(connection, and_(among(mailboxes.c.mailbox, senders), among(mailboxes.c.conversation_id, tokens)))
    return {(each.mailbox, each.conversation_id or ""): each.address for each in found}


def is_known(connection: Connection, address: Address) -> bool:
    """Whether this visitor left one."""
    return bool(_found(connection, mailboxes.c.address == address))


def gone(connection: Connection, chats: Collection[AccountId], since: datetime, limit: int = 200) -> list[Address]:
    """Visitors of these chats whose line is closed since then, and who have not seen an older answer."""
    query = (
        select(mailboxes.c.address)
        .join(identities, identities.c.address == mailboxes.c.address)
        .join(conversations, conversations.c.join_key == identities.c.contact_id)
        .join(deliveries, and_(_unseen(conversations.c.id), deliveries.c.changed_at <= since))
        .where(among(mailboxes.c.account_id, chats), mailboxes.c.seen_at <= since)
        .distinct()
        .limit(limit)
    )
    return [Address(row.address) for row in connection.execute(query)]


def unseen(transaction: Transaction, left: Mailbox, conversation_id: ConversationId) -> list[DeliveryId]:
    """What a visitor has not seen of a conversation, and was not sent to their mailbox; held until the commit."""
    rows = transaction.connection.execute(
        select(deliveries.c.id)
        .join(mailboxes, mailboxes.c.address == left.address)
        .where(_unseen(conversation_id))
        .order_by(deliveries.c.message_id, deliveries.c.position)
        .with_for_update(key_share=True, of=deliveries)
    )
    return [DeliveryId(row.id) for row in rows]


def mail(transaction: Transaction, ids: Sequence[DeliveryId], message_id: MessageId) -> None:
    """Mark parts as sent to a mailbox by this message."""
    transaction.connection.execute(update(deliveries).where(among(deliveries.c.id, ids)).values(mailed_as=message_id))


def is_overtaken(connection: Connection, message_id: MessageId, conversation_id: ConversationId) -> bool:
    """Whether this is mail for a visitor who came back meanwhile and has everything that it carries."""
    states = connection.execute(
        select(deliveries.c.state).where(
            deliveries.c.conversation_id == conversation_id, deliveries.c.mailed_as == message_id
        )
    ).scalars()
    carried = [DeliveryState(state) for state in states]
    return bool(carried) and DeliveryState.ACCEPTED not in carried


def _unseen(conversation_id: ConversationId | ColumnElement[str]) -> ColumnElement[bool]:
    """What a person wrote to the visitor's line, that no widget has had yet."""
    return and_(
        deliveries.c.conversation_id == conversation_id,
        deliveries.c.account_id == mailboxes.c.account_id,
        deliveries.c.address == mailboxes.c.address,
        deliveries.c.state == DeliveryState.ACCEPTED,
        deliveries.c.automatic.is_(False),
        deliveries.c.mailed_as == "",
    )


def _found(connection: Connection, condition: ColumnElement[bool]) -> list[Mailbox]:
    return [Mailbox(**row._mapping) for row in connection.execute(select(mailboxes).where(condition))]
