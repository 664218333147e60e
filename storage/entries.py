"""By which code or link customers last came in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from conversations.address import Address
from conversations.ids import AccountId
from storage.bulk import Bulk
from storage.database import Transaction
from storage.lookups import among
from storage.tables import entries


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Somebody came to an account by a `scene`: our word in a QR code or a link."""

    account_id: AccountId
    address: Address
    scene: str
    entered_at: datetime


_NOTE = Bulk.upsert(entries)


def note(transaction: Transaction, new: Iterable[Entry]) -> None:
    """Remember the last one of each customer."""
    last = {(each.account_id, each.address): each for each in new}
    _NOTE.run(transaction.connection, [vars(each) for each in last.values()])


def since(connection: Connection, addresses: Iterable[Address], at: datetime) -> list[Entry]:
    """How these came in, if they did since then."""
    rows = connection.execute(select(entries).where(among(entries.c.address, addresses), entries.c.entered_at >= at))
    return [Entry(**row._mapping) for row in rows]
