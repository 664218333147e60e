"""How much went out lately that no person wrote: the brake on two robots that answer each other."""

from datetime import datetime, timedelta

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite

from conversations.ids import AccountId
from storage.database import Transaction
from storage.tables import automatic_parts


def forget(transaction: Transaction, before: datetime) -> None:
    """Throw away counts that began before; no channel looks back so far."""
    transaction.connection.execute(delete(automatic_parts).where(automatic_parts.c.since < before))


def count(transaction: Transaction, account_id: AccountId, whom: str, now: datetime, within: timedelta) -> int:
    """Count one more part to an address or into a conversation. Returns how many it makes since the count began.

    A count that is older than `within` begins anew.
    """
    dialect = postgresql if transaction.connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(automatic_parts).values(account_id=account_id, whom=whom, since=now, parts=1)
    is_over = automatic_parts.c.since <= now - within
    counted = new.on_conflict_do_update(
        index_elements=[automatic_parts.c.account_id, automatic_parts.c.whom],
        set_={
            "since": case((is_over, new.excluded.since), else_=automatic_parts.c.since),
            "parts": case((is_over, 1), else_=automatic_parts.c.parts + 1),
        },
    ).returning(automatic_parts.c.parts)
    parts: int = transaction.connection.execute(counted).scalar_one()
    return parts
