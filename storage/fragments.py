"""Pieces of messages that are not complete yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, delete, func, insert, select

from conversations.address import Address
from conversations.ids import AccountId
from conversations.parts import Part
from storage.database import Transaction
from storage.lookups import among
from storage.tables import fragments

_SET = ("account_id", "address", "reference", "total")
"""What all pieces of one message have in common."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece of a message: the `number`th of `total`, or of nobody knows how many if that is 0.

    It has `parts`, or `octets` that are read together with its neighbours'.
    """

    account_id: AccountId
    key: str
    address: Address
    reference: str
    number: int
    total: int
    parts: tuple[Part, ...]
    octets: bytes | None = None
    charset: str = ""
    external_id: str
    name: str
    language: str
    opens: str
    occurred_at: datetime
    received_at: datetime
    trace: str

    @property
    def set_key(self) -> tuple[AccountId, Address, str, int]:
        """What all pieces of one message have in common."""
        return self.account_id, self.address, self.reference, self.total


def add(transaction: Transaction, new: Sequence[Piece]) -> None:
    """Keep pieces until the others come."""
    if new:
        transaction.connection.execute(insert(fragments), [vars(each) for each in new])


def of_addresses(connection: Connection, account_id: AccountId, addresses: Sequence[Address]) -> list[Piece]:
    """What is waiting from these customers, in the order it came."""
    rows = connection.execute(
        select(fragments)
        .where(fragments.c.account_id == account_id, among(fragments.c.address, addresses))
        .order_by(fragments.c.received_at, fragments.c.key)
    )
    return [Piece(**row._mapping) for row in rows]


def late(connection: Connection, *, begun: datetime, quiet: datetime, limit: int = 500) -> list[Piece]:
    """Pieces of messages that began before `begun`, or, where nobody knows the total, are quiet since `quiet`."""
    columns = [fragments.c[name] for name in _SET]
    first, last = func.min(fragments.c.received_at), func.max(fragments.c.received_at)
    is_late = case((fragments.c.total == 0, last < quiet), else_=first < begun)
    sets = select(*columns).group_by(*columns).having(is_late).order_by(first).limit(limit).subquery()
    rows = connection.execute(select(fragments).join(sets, and_(*(fragments.c[name] == sets.c[name] for name in _SET))))
    return [Piece(**row._mapping) for row in rows]


def remove(transaction: Transaction, done: Sequence[Piece]) -> None:
    """Forget pieces whose message is stored."""
    for account_id in {piece.account_id for piece in done}:
        keys = [piece.key for piece in done if piece.account_id == account_id]
        transaction.connection.execute(
            delete(fragments).where(fragments.c.account_id == account_id, among(fragments.c.key, keys))
        )
