"""The ledger of windows: how often and until when a provider lets us write, by what the customer did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from conversations.address import Address
from conversations.ids import AccountId
from storage.bulk import Bulk
from storage.database import Transaction
from storage.tables import windows


@dataclass(frozen=True, kw_only=True)
class OpenWindow:
    """One window as it is: `remaining` parts until `ends_at`."""

    account_id: AccountId
    address: Address
    name: str
    ends_at: datetime
    remaining: int


_OPEN = Bulk.upsert(windows)


def open_(transaction: Transaction, opened: Sequence[OpenWindow]) -> None:
    """Open windows; one of the same name is replaced."""
    latest = {(each.account_id, each.address, each.name): vars(each) for each in opened}
    _OPEN.run(transaction.connection, list(latest.values()))


def now_open(connection: Connection, account_id: AccountId, address: Address, now: datetime) -> list[OpenWindow]:
    """Windows with something left, the one that ends first before the others."""
    rows = connection.execute(
        select(windows)
        .where(
            windows.c.account_id == account_id,
            windows.c.address == address,
            windows.c.ends_at > now,
            windows.c.remaining > 0,
        )
        .order_by(windows.c.ends_at)
    )
    return [OpenWindow(**row._mapping) for row in rows]


def spend(transaction: Transaction, account_id: AccountId, address: Address, now: datetime) -> str | None:
    """Take one part from the window that ends first. Returns its name; None when none is open."""
    for window in now_open(transaction.connection, account_id, address, now):
        if _add(transaction, account_id, address, window.name, -1):
            return window.name
    return None


def give_back(transaction: Transaction, account_id: AccountId, address: Address, name: str) -> None:
    """The part was not sent after all."""
    _add(transaction, account_id, address, name, 1)


def close(transaction: Transaction, account_id: AccountId, address: Address) -> None:
    """The provider, who knows better, or the customer has ended them all."""
    transaction.connection.execute(
        delete(windows).where(windows.c.account_id == account_id, windows.c.address == address)
    )


def _add(transaction: Transaction, account_id: AccountId, address: Address, name: str, change: int) -> bool:
    """Whether that left no less than none: another process may have taken the last one meanwhile."""
    remaining = windows.c.remaining + change
    changed = transaction.connection.execute(
        update(windows)
        .where(windows.c.account_id == account_id, windows.c.address == address, windows.c.name == name, remaining >= 0)
        .values(remaining=remaining)
    )
    return changed.rowcount == 1
