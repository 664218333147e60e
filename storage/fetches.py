"""Files that a provider keeps for us for a few days only: what is still to be fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from conversations.ids import AccountId, MessageId, new_id
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import fetches

WAITING, DONE, LOST = "waiting", "done", "lost"


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """One file of one message; `position` counts its parts from 0."""

    id: str
    message_id: MessageId
    account_id: AccountId
    position: int
    state: str
    attempt: int
    due_at: datetime
    error: str = ""


def add(transaction: Transaction, wanted: Sequence[tuple[MessageId, AccountId, int]], now: datetime) -> None:
    """Remember to fetch some files."""
    if wanted:
        transaction.connection.execute(
            insert(fetches),
            [
                vars(
                    Fetch(
                        id=new_id(),
                        message_id=message,
                        account_id=account,
                        position=position,
                        state=WAITING,
                        attempt=1,
                        due_at=now,
                    )
                )
                for message, account, position in wanted
            ],
        )


def take(transaction: Transaction, now: datetime, retry_at: datetime, limit: int = 20) -> list[Fetch]:
    """Files to fetch now. They are due again at `retry_at`, unless somebody says that they are done."""
    rows = transaction.connection.execute(
        select(fetches)
        .where(fetches.c.state == WAITING, fetches.c.due_at <= now)
        .order_by(fetches.c.due_at)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    found = [Fetch(**fields_of(row)) for row in rows]
    for fetch in found:
        _write(transaction, fetch.id, attempt=fetch.attempt + 1, due_at=retry_at)
    return found


def settle(transaction: Transaction, fetch_id: str, state: str, error: str = "") -> None:
    """Write down that a file is here, or will never be."""
    _write(transaction, fetch_id, state=state, error=error)


def postpone(transaction: Transaction, fetch_id: str, due_at: datetime, error: str) -> None:
    """Try again later."""
    _write(transaction, fetch_id, due_at=due_at, error=error)


def _write(transaction: Transaction, fetch_id: str, **values: object) -> None:
    transaction.connection.execute(update(fetches).where(fetches.c.id == fetch_id).values(**values))
