"""Cursors: how far somebody has read the events, written together with what followed from them."""

from sqlalchemy import Connection, select

from storage.bulk import Bulk
from storage.database import Transaction
from storage.tables import cursors

_PUT = Bulk.upsert(cursors)


def get(connection: Connection, name: str) -> int:
    """The position of the last event that was read; 0 before the first."""
    found: int | None = connection.execute(
        select(cursors.c.position).where(cursors.c.name == name)
    ).scalar_one_or_none()
    return found or 0


def put(transaction: Transaction, name: str, position: int) -> None:
    """Write how far the events are read."""
    _PUT.run(transaction.connection, [{"name": name, "position": position}])
