"""Leases: one holder at a time, and a fence that only grows, so that a late holder cannot write."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.database import Transaction
from storage.lookups import Lookup
from storage.tables import leases


class LeaseLost(Exception):
    """Another process holds this lease by now."""


def acquire(transaction: Transaction, name: str, holder: str, now: datetime, until: datetime) -> int | None:
    """Take or renew a lease. Returns its fence, or None while somebody else holds it."""
    row = transaction.connection.execute(
        select(leases).where(leases.c.name == name).with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        transaction.connection.execute(insert(leases).values(name=name, holder=holder, fence=1, expires_at=until))
        return 1
    if row.holder != holder and row.expires_at > now:
        return None
    fence: int = row.fence if row.holder == holder else row.fence + 1
    transaction.connection.execute(
        update(leases).where(leases.c.name == name).values(holder=holder, fence=fence, expires_at=until)
    )
    return fence


def holder(connection: Connection, name: str, now: datetime) -> str | None:
    """Who holds a lease now, or None."""
    found: str | None = connection.execute(
        select(leases.c.holder).where(leases.c.name == name, leases.c.expires_at > now)
    ).scalar_one_or_none()
    return found


_FENCE = Lookup(select(leases.c.fence).where(leases.c.name == bindparam("name")).with_for_update(read=True))


def guard(transaction: Transaction, name: str, fence: int) -> None:
    """Hold the lease row until the commit. Raises `LeaseLost` when the fence is no longer ours."""
    if _FENCE.run(transaction.connection, name=name) != [[fence]]:
        raise LeaseLost(name)


def release(transaction: Transaction, name: str, holder: str, now: datetime) -> None:
    """Give a lease back at once, so that the next process need not wait for its end."""
    transaction.connection.execute(
        update(leases).where(leases.c.name == name, leases.c.holder == holder).values(expires_at=now)
    )
