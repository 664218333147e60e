"""Parked receipts: the provider spoke of a part before we had written down its name for it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from conversations.address import Address
from conversations.ids import AccountId, DeliveryId, new_id
from conversations.inbound import Receipt, ReceiptStatus
from storage.database import Transaction
from storage.tables import receipts


def park(transaction: Transaction, account_id: AccountId, early: Sequence[Receipt]) -> None:
    """Keep receipts for later; the same one twice is kept once."""
    if not early:
        return
    dialect = postgresql if transaction.connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(receipts).on_conflict_do_nothing()
    transaction.connection.execute(statement, [_values(account_id, receipt) for receipt in early])


def unpark(transaction: Transaction, account_id: AccountId, external_id: str, delivery_id: DeliveryId) -> list[Receipt]:
    """Take what was parked for a part that has just got its name, in the order it happened."""
    condition = (receipts.c.account_id == account_id) & or_(
        (receipts.c.external_id == external_id) & (receipts.c.external_id != ""),
        receipts.c.delivery == delivery_id,
    )
    rows = transaction.connection.execute(select(receipts).where(condition).order_by(receipts.c.occurred_at)).all()
    if rows:
        transaction.connection.execute(delete(receipts).where(condition))
    return [_receipt(row) for row in rows]


def _values(account_id: AccountId, receipt: Receipt) -> dict[str, object]:
    return {**vars(receipt), "id": new_id(), "account_id": account_id, "address": receipt.address or ""}


def _receipt(row: Any) -> Receipt:
    return Receipt(
        status=ReceiptStatus(row.status),
        occurred_at=row.occurred_at,
        external_id=row.external_id,
        delivery=row.delivery,
        address=Address(row.address) if row.address else None,
        code=row.code,
        text=row.text,
    )
