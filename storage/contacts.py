"""Contacts and their identities. Merging moves identities; it remembers where they came from, so it can be undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select, update

from conversations.address import Address
from conversations.conversation import Contact
from conversations.ids import ContactId, UserId
from storage.bulk import Bulk
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.rows import fields_of
from storage.tables import blocks, contacts, conversations, identities, invitations, messages, opt_outs

_BY_ADDRESSES = Lookup(
    select(identities.c.address, identities.c.contact_id)
    .order_by(identities.c.address)
    .with_for_update(key_share=True)
    .where(among(identities.c.address, texts("addresses")))
)


def by_addresses(transaction: Transaction, addresses: Iterable[Address]) -> dict[Address, ContactId]:
    """Which of these addresses are known, and whose they are: held until the commit, so that no merge passes by."""
    rows = _BY_ADDRESSES.run(transaction.connection, addresses=addresses)
    return {Address(address): ContactId(contact) for address, contact in rows}


def get(connection: Connection, contact_id: ContactId) -> Contact | None:
    """One contact, or None."""
    return many(connection, [contact_id]).get(contact_id)


_MANY = Lookup(select(contacts).where(among(contacts.c.id, texts("ids"))))


def many(connection: Connection, ids: Iterable[ContactId]) -> dict[ContactId, Contact]:
    """Several contacts by id."""
    return {contact.id: contact for contact in map(_contact, _MANY.named(connection, ids=ids))}


_IDENTITIES = Lookup(
    select(
        identities.c.address,
        identities.c.reason,
        identities.c.reachable,
        exists().where(opt_outs.c.address == identities.c.address).label("opted_out"),
        identities.c.created_at,
    )
    .where(identities.c.contact_id == bindparam("contact"))
    .order_by(identities.c.created_at)
)


def identities_of(connection: Connection, contact_id: ContactId) -> list[dict[str, Any]]:
    """Every address of a contact: `address`, `reason`, `reachable`, `opted_out` (of any account), `created_at`."""
    return _IDENTITIES.named(connection, contact=contact_id)


_ADD = Bulk.insert(contacts)


def add(transaction: Transaction, new: Sequence[Contact]) -> None:
    """Store new contacts."""
    _ADD.run(transaction.connection, [{**vars(contact), "merged_into": None} for contact in new])


@dataclass(frozen=True)
class Identity:
    """One address of a contact, and why we believe that it is theirs."""

    address: Address
    contact_id: ContactId
    reason: str
    created_at: datetime


_ADD_IDENTITIES = Bulk.insert(identities)


def add_identities(transaction: Transaction, new: Sequence[Identity]) -> None:
    """Give contacts their addresses. Loses the race with another process by a unique key, and is then run again."""
    rows = [{**vars(each), "first_contact_id": each.contact_id, "reachable": True} for each in new]
    _ADD_IDENTITIES.run(transaction.connection, rows)


def set_reachable(transaction: Transaction, address: Address, reachable: bool) -> None:
    """Whether the customer can be written to at this address."""
    transaction.connection.execute(
        update(identities).where(identities.c.address == address).values(reachable=reachable)
    )


def is_reachable(connection: Connection, address: Address) -> bool:
    """Whether the customer can be written to at this address, as far as we know."""
    reachable = connection.execute(select(identities.c.reachable).where(identities.c.address == address))
    return bool(reachable.scalar_one_or_none())


def merge(transaction: Transaction, kept: ContactId, merged: ContactId, reason: str) -> dict[str, object]:
    """Make two contacts one. Of two conversations that could be joined, the kept contact's stays the one to join.

    Returns what the kept contact takes over; the other one's row stays as it was, so that it can be undone.
    """
    run = transaction.connection.execute
    run(update(identities).where(identities.c.contact_id == merged).values(contact_id=kept, reason=reason))
    kept_is_open = run(select(conversations.c.id).where(conversations.c.join_key == kept)).first() is not None
    run(update(conversations).where(conversations.c.join_key == merged).values(join_key=None if kept_is_open else kept))
    for table in (blocks, conversations, messages, invitations):
        run(update(table).where(table.c.contact_id == merged).values(contact_id=kept))
    run(update(contacts).where(contacts.c.id == merged).values(merged_into=kept))
    return _take_over(transaction, kept, merged)


def _take_over(transaction: Transaction, kept: ContactId, merged: ContactId) -> dict[str, object]:
    """What was known about the other one and not about this one; of two names, segments, managers this one's stays."""
    held = (
        select(contacts)
        .where(contacts.c.id.in_((kept, merged)))
        .order_by(contacts.c.id)
        .with_for_update(key_share=True)
    )
    found = {each.id: each for each in (_contact(fields_of(row)) for row in transaction.connection.execute(held))}
    own, other = found[kept], found[merged]
    new_tags = [tag for tag in other.tags if tag not in own.tags]
    taken = {
        name: getattr(other, name)
        for name in ("name", "segment", "manager_id")
        if getattr(other, name) and not getattr(own, name)
    }
    values = taken | ({"tags": [*own.tags, *new_tags]} if new_tags else {})
    if values:
        transaction.connection.execute(update(contacts).where(contacts.c.id == kept).values(**values))
    return taken | ({"tags": new_tags} if new_tags else {})


def name_the_nameless(transaction: Transaction, contact_id: ContactId, name: str) -> None:
    """Give a contact the name they say, unless they have one: an agent may have corrected it."""
    transaction.connection.execute(
        update(contacts).where(contacts.c.id == contact_id, contacts.c.name == "").values(name=name)
    )


def describe(
    transaction: Transaction, contact_id: ContactId, segment: str, tags: Sequence[str], manager_id: UserId | None
) -> None:
    """Write down what we know about a contact."""
    values = {"segment": segment, "tags": list(tags), "manager_id": manager_id}
    transaction.connection.execute(update(contacts).where(contacts.c.id == contact_id).values(**values))


def add_tags(transaction: Transaction, contact_id: ContactId, tags: Iterable[str]) -> bool:
    """Add tags that a contact does not have yet; whether there were any."""
    held = transaction.connection.execute(
        select(contacts.c.tags).where(contacts.c.id == contact_id).with_for_update(key_share=True)
    )
    before: list[str] = held.scalar_one()
    after = list(dict.fromkeys((*before, *tags)))
    if after != before:
        transaction.connection.execute(update(contacts).where(contacts.c.id == contact_id).values(tags=after))
    return after != before


def _contact(fields: dict[str, Any]) -> Contact:
    del fields["merged_into"]
    return Contact(**fields | {"tags": tuple(fields["tags"])})
