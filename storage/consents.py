"""What customers allowed and forbade: one-time consents by template, and opt-outs by account."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from conversations.address import Address
from conversations.ids import AccountId
from storage.database import Transaction
from storage.tables import consents, opt_outs


def grant(transaction: Transaction, account_id: AccountId, address: Address, template: str, count: int) -> None:
    """Add to the messages of a template that a customer allowed, or take from them; never below none."""
    held = _where(account_id, address, template)
    remaining = transaction.connection.execute(
        select(consents.c.remaining).where(held).with_for_update(key_share=True)
    ).scalar_one_or_none()
    if remaining is None:
        row = {"account_id": account_id, "address": address, "template": template, "remaining": max(count, 0)}
        transaction.connection.execute(insert(consents).values(row))
    else:
        transaction.connection.execute(update(consents).where(held).values(remaining=max(remaining + count, 0)))


def remaining(connection: Connection, account_id: AccountId, address: Address, template: str) -> int:
    """How many messages of a template the customer still allows."""
    held = _where(account_id, address, template)
    return connection.execute(select(consents.c.remaining).where(held)).scalar_one_or_none() or 0


def spend(transaction: Transaction, account_id: AccountId, address: Address, template: str) -> bool:
    """Use up one consent; whether there was one."""
    spent = transaction.connection.execute(
        update(consents)
        .where(_where(account_id, address, template), consents.c.remaining > 0)
        .values(remaining=consents.c.remaining - 1)
    )
    return spent.rowcount == 1


def opt_out(transaction: Transaction, account_id: AccountId, address: Address, now: datetime, reason: str) -> None:
    """The customer wants nothing more from this account that they did not ask for."""
    dialect = postgresql if transaction.connection.dialect.name == "postgresql" else sqlite
    row = {"account_id": account_id, "address": address, "since": now, "reason": reason}
    transaction.connection.execute(dialect.insert(opt_outs).values(row).on_conflict_do_nothing())


def opt_in(transaction: Transaction, account_id: AccountId, address: Address) -> None:
    """The customer changed their mind."""
    transaction.connection.execute(
        delete(opt_outs).where(opt_outs.c.account_id == account_id, opt_outs.c.address == address)
    )


def has_opted_out(connection: Connection, account_id: AccountId, address: Address) -> bool:
    """Whether this account may send the customer only what they asked for."""
    out = exists().where(opt_outs.c.account_id == account_id, opt_outs.c.address == address)
    return bool(connection.execute(select(out)).scalar_one())


def _where(account_id: AccountId, address: Address, template: str) -> ColumnElement[bool]:
    return and_(consents.c.account_id == account_id, consents.c.address == address, consents.c.template == template)
