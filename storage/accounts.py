"""Accounts and the tokens that providers lend them; settings and tokens are sealed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from conversations.account import Account
from conversations.events import Event, EventKind
from conversations.ids import AccountId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import accounts, tokens
from storage.vault import Vault


def listed(connection: Connection, vault: Vault) -> list[Account]:
    """Every account, in the order they were made."""
    rows = connection.execute(select(accounts).order_by(accounts.c.created_at, accounts.c.id))
    return [_account(fields_of(row), vault) for row in rows]


def kinds(connection: Connection) -> dict[AccountId, str]:
    """Which kind of channel each account is."""
    rows = connection.execute(select(accounts.c.id, accounts.c.kind))
    return {AccountId(row.id): row.kind for row in rows}


def add(transaction: Transaction, vault: Vault, account: Account, now: datetime, actor: str) -> None:
    """Store a new account."""
    transaction.connection.execute(
        insert(accounts).values(
            id=account.id,
            kind=account.kind,
            name=account.name,
            sealed_settings=vault.seal(account.settings),
            created_at=now,
        )
    )
    _tell(transaction, account.id, now, actor, "added")


def set_settings(
    transaction: Transaction,
    vault: Vault,
    account_id: AccountId,
    name: str,
    settings: Mapping[str, str],
    now: datetime,
    actor: str,
) -> None:
    """Replace an account's name and settings; whatever paused it is believed to be repaired."""
    _write(transaction, account_id, {"name": name, "sealed_settings": vault.seal(settings), "paused": ""})
    # A token was lent for the old credentials.
    transaction.connection.execute(delete(tokens).where(tokens.c.account_id == account_id))
    _tell(transaction, account_id, now, actor, "settings changed")


def pause(transaction: Transaction, account_id: AccountId, reason: str, now: datetime, actor: str = "delivery") -> None:
    """Stop sending until an operator acts; receiving goes on."""
    _write(transaction, account_id, {"paused": reason, "last_error": reason, "last_error_at": now})
    _tell(transaction, account_id, now, actor, f"paused: {reason}")


def resume(transaction: Transaction, account_id: AccountId, now: datetime, actor: str) -> None:
    """Start sending again."""
    _write(transaction, account_id, {"paused": ""})
    _tell(transaction, account_id, now, actor, "resumed")


def hold(transaction: Transaction, ids: Iterable[AccountId]) -> None:
    """Let only one transaction at a time put together what belongs together on these accounts, until the commit."""
    transaction.connection.execute(
        select(accounts.c.id)
        .where(accounts.c.id.in_(sorted(set(ids))))
        .order_by(accounts.c.id)
        .with_for_update(key_share=True)
    )


def note_ok(transaction: Transaction, account_id: AccountId, now: datetime) -> None:
    """The provider answered well."""
    _write(transaction, account_id, {"last_ok_at": now})


def note_error(transaction: Transaction, account_id: AccountId, error: str, now: datetime) -> None:
    """The provider did not answer well."""
    _write(transaction, account_id, {"last_error": error, "last_error_at": now})


def note_heard(transaction: Transaction, account_id: AccountId, now: datetime) -> None:
    """The provider brought news."""
    _write(transaction, account_id, {"last_heard_at": now})


def load_token(connection: Connection, vault: Vault, account_id: AccountId, name: str) -> tuple[str, datetime] | None:
    """The shared token and its end, or None."""
    row = connection.execute(
        select(tokens).where(tokens.c.account_id == account_id, tokens.c.name == name)
    ).one_or_none()
    return None if row is None else (vault.open(row.sealed_value)["token"], row.expires_at)


def save_token(
    transaction: Transaction, vault: Vault, account_id: AccountId, name: str, value: str, expires_at: datetime
) -> None:
    """Share a token with the other processes."""
    run = transaction.connection.execute
    run(delete(tokens).where(tokens.c.account_id == account_id, tokens.c.name == name))
    run(
        insert(tokens).values(
            account_id=account_id, name=name, sealed_value=vault.seal({"token": value}), expires_at=expires_at
        )
    )


def _write(transaction: Transaction, account_id: AccountId, values: Mapping[str, object]) -> None:
    transaction.connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))


def _tell(transaction: Transaction, account_id: AccountId, now: datetime, actor: str, reason: str) -> None:
    transaction.emit(Event(kind=EventKind.ACCOUNT_CHANGED, at=now, actor=actor, subject_id=account_id, reason=reason))


def _account(fields: dict[str, Any], vault: Vault) -> Account:
    fields["settings"] = vault.open(fields.pop("sealed_settings"))
    del fields["created_at"]
    return Account(**fields)
