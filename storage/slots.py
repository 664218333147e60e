"""Room for answers inside providers' own requests: each redelivery of a request is given the same answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from conversations.address import Address
from conversations.ids import AccountId, DeliveryId
from storage.database import Transaction
from storage.tables import passive_slots as slots


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a request was answered with."""

    delivery_id: DeliveryId
    status: int
    content_type: str
    body: bytes


def open_(transaction: Transaction, account_id: AccountId, key: str, address: Address, ends_at: datetime) -> None:
    """Make room for an answer to this request; a redelivery of it changes nothing."""
    dialect = postgresql if transaction.connection.dialect.name == "postgresql" else sqlite
    row = {"account_id": account_id, "key": key, "address": address, "ends_at": ends_at}
    transaction.connection.execute(dialect.insert(slots).values(row).on_conflict_do_nothing())


def open_until(connection: Connection, account_id: AccountId, address: Address, now: datetime) -> datetime | None:
    """Until when something that is said to this customer can still go into a request of theirs."""
    found: datetime | None = connection.execute(
        select(func.max(slots.c.ends_at)).where(
            slots.c.account_id == account_id,
            slots.c.address == address,
            slots.c.ends_at > now,
            slots.c.delivery_id.is_(None),
        )
    ).scalar_one_or_none()
    return found


def lock(transaction: Transaction, account_id: AccountId, key: str) -> Answered | None:
    """Hold the slot against other redeliveries; what it was answered with, if it was."""
    row = transaction.connection.execute(
        select(slots).where(slots.c.account_id == account_id, slots.c.key == key).with_for_update(key_share=True)
    ).one_or_none()
    if row is None or row.delivery_id is None:
        return None
    return Answered(delivery_id=row.delivery_id, status=row.status, content_type=row.content_type, body=row.body)


def fill(transaction: Transaction, account_id: AccountId, key: str, answered: Answered) -> None:
    """Answer with this from now on."""
    transaction.connection.execute(
        update(slots).where(slots.c.account_id == account_id, slots.c.key == key).values(**vars(answered))
    )
