"""What happened to connections, and what we have no word for yet: stored once, raw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from conversations.ids import AccountId
from storage.database import Transaction
from storage.lookups import among
from storage.messages import Key
from storage.tables import provider_events


@dataclass(frozen=True, kw_only=True)
class ProviderEvent:
    """One piece of news that is not a message."""

    account_id: AccountId
    key: str
    name: str
    address: str
    raw: str
    occurred_at: datetime


def known_keys(connection: Connection, keys: Iterable[Key]) -> set[Key]:
    """Which of these keys of accounts are stored already."""
    asked = set(keys)
    rows = connection.execute(
        select(provider_events.c.account_id, provider_events.c.key).where(
            among(provider_events.c.account_id, {account for account, _ in asked}),
            among(provider_events.c.key, {key for _, key in asked}),
        )
    )
    return asked & {(AccountId(account), key) for account, key in rows}


def add(transaction: Transaction, new: Sequence[ProviderEvent]) -> None:
    """Store news; the same key twice is refused by the database."""
    if new:
        transaction.connection.execute(insert(provider_events), [vars(each) for each in new])


def claim(transaction: Transaction, event: ProviderEvent, lasts: timedelta) -> bool:
    """Store it unless one with its key is there that is not older than this. Returns whether it was stored.

    Whoever claims the same key meanwhile waits for this transaction.
    """
    dialect = postgresql if transaction.connection.dialect.name == "postgresql" else sqlite
    known = provider_events.c.occurred_at
    statement = dialect.insert(provider_events).values(vars(event))
    claiming = statement.on_conflict_do_update(
        index_elements=["account_id", "key"],
        set_={"occurred_at": event.occurred_at},
        where=or_(known < event.occurred_at - lasts, known > event.occurred_at + lasts),
    )
    return transaction.connection.execute(claiming.returning(provider_events.c.key)).first() is not None
