"""Quarantine: genuine requests that could not be stored, raw, with the reason, until a person replays them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from conversations.ids import AccountId, QuarantineId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import quarantine

WAITING, REPLAYED, DISCARDED = "waiting", "replayed", "discarded"


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """One request, as it came."""

    id: QuarantineId
    account_id: AccountId
    received_at: datetime
    method: str
    url: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = field(repr=False)
    error: str
    trace: str
    state: str = WAITING
    settled_at: datetime | None = None


def add(transaction: Transaction, held: Quarantined) -> None:
    """Keep a request."""
    transaction.connection.execute(insert(quarantine).values(**vars(held)))


def get(connection: Connection, quarantine_id: QuarantineId) -> Quarantined | None:
    """One request, or None."""
    row = connection.execute(select(quarantine).where(quarantine.c.id == quarantine_id)).one_or_none()
    return None if row is None else _held(fields_of(row))


def listed(connection: Connection, limit: int = 100) -> list[Quarantined]:
    """The newest requests in quarantine, those that wait first."""
    waits_last = quarantine.c.state != WAITING
    rows = connection.execute(select(quarantine).order_by(waits_last, quarantine.c.received_at.desc()).limit(limit))
    return [_held(fields_of(row)) for row in rows]


def waiting(connection: Connection) -> int:
    """How many requests wait for a person."""
    count: int = connection.execute(
        select(func.count()).select_from(quarantine).where(quarantine.c.state == WAITING)
    ).scalar_one()
    return count


def settle(transaction: Transaction, quarantine_id: QuarantineId, state: str, now: datetime) -> None:
    """Write down that a request was replayed or discarded."""
    transaction.connection.execute(
        update(quarantine).where(quarantine.c.id == quarantine_id).values(state=state, settled_at=now)
    )


def _held(fields: dict[str, Any]) -> Quarantined:
    return Quarantined(**fields)
