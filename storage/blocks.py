"""Blocks of customers, asked for and decided."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from conversations.blocks import Block, BlockState
from conversations.ids import BlockId, ContactId
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.rows import fields_of
from storage.tables import blocks


def add(transaction: Transaction, block: Block) -> None:
    """Store what somebody asks for."""
    transaction.connection.execute(insert(blocks).values(**vars(block)))


def hold(transaction: Transaction, block_id: BlockId) -> Block | None:
    """One of them, held until the commit."""
    row = transaction.connection.execute(
        select(blocks).where(blocks.c.id == block_id).with_for_update(key_share=True)
    ).one_or_none()
    return None if row is None else _block(fields_of(row))


def change(transaction: Transaction, block_id: BlockId, values: Mapping[str, object]) -> None:
    """Write some columns of one of them."""
    transaction.connection.execute(update(blocks).where(blocks.c.id == block_id).values(**values))


_LATEST_FIRST = select(blocks).order_by(blocks.c.asked_at.desc())
_APPROVED = (blocks.c.state == BlockState.APPROVED) & (blocks.c.until > bindparam("now"))
_ASKED_OR_APPROVED = or_(blocks.c.state == BlockState.ASKED, _APPROVED)

_IN_FORCE = Lookup(_LATEST_FIRST.where(_APPROVED, among(blocks.c.contact_id, texts("contacts"))))
_OF_CONTACT = Lookup(_LATEST_FIRST.where(_ASKED_OR_APPROVED, blocks.c.contact_id == bindparam("contact")))
_OPEN = Lookup(_LATEST_FIRST.where(_ASKED_OR_APPROVED))


def in_force(connection: Connection, contacts: Iterable[ContactId], now: datetime) -> dict[ContactId, Block]:
    """Who of these is blocked now."""
    return {each.contact_id: each for each in map(_block, _IN_FORCE.named(connection, contacts=contacts, now=now))}


def of_contact(connection: Connection, contact_id: ContactId, now: datetime) -> Block | None:
    """What is asked or in force about one customer, or None."""
    return next(map(_block, _OF_CONTACT.named(connection, contact=contact_id, now=now)), None)


def listed(connection: Connection, now: datetime) -> list[Block]:
    """All that are asked for or in force, the latest first."""
    return list(map(_block, _OPEN.named(connection, now=now)))


def _block(fields: dict[str, Any]) -> Block:
    return Block(**{**fields, "state": BlockState(fields["state"])})
