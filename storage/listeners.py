"""Where the listener of an account left off, and the word with which a webhook woke it."""

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from conversations.ids import AccountId
from storage.database import Transaction
from storage.tables import listeners


def cursor(connection: Connection, account_id: AccountId) -> str:
    """What was committed last; empty at first."""
    found: str | None = connection.execute(
        select(listeners.c.cursor).where(listeners.c.account_id == account_id)
    ).scalar_one_or_none()
    return found or ""


def word(connection: Connection, account_id: AccountId) -> tuple[str, datetime | None]:
    """The last word that woke it, and when; empty and None when nothing ever did."""
    row = connection.execute(
        select(listeners.c.word, listeners.c.woken_at).where(listeners.c.account_id == account_id)
    ).one_or_none()
    return ("", None) if row is None else (row.word, row.woken_at)


def set_cursor(transaction: Transaction, account_id: AccountId, cursor: str) -> None:
    """Leave off here."""
    _write(transaction, account_id, {"cursor": cursor})


def wake(transaction: Transaction, account_id: AccountId, word: str, now: datetime) -> None:
    """Remember what a webhook said."""
    _write(transaction, account_id, {"word": word, "woken_at": now})


def _write(transaction: Transaction, account_id: AccountId, values: dict[str, object]) -> None:
    dialect = postgresql if transaction.connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(listeners).values({"account_id": account_id, "cursor": "", "word": ""} | values)
    transaction.connection.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))
