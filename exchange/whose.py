"""Whose news it is: addresses lead to contacts, and strong evidence makes two contacts one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from conversations.address import Address
from conversations.conversation import Contact
from conversations.events import Event, EventKind
from conversations.ids import ContactId, new_id
from conversations.inbound import ContactChanged, InboundMessage
from exchange.arrivals import Arrival, language_of
from storage import contacts
from storage.contacts import Identity
from storage.database import Transaction


def contacts_of(
    transaction: Transaction, news: Sequence[tuple[Arrival, InboundMessage | ContactChanged]]
) -> list[ContactId]:
    """Whose news these are. Strong evidence makes two contacts one; nobody known makes a new one."""
    known = (
        contacts.by_addresses(transaction, [address for _, event in news for address in _addresses(event)])
        if news
        else {}
    )
    book = _ContactBook(known)
    owners = [book.owner(transaction, arrival, event) for arrival, event in news]
    book.write(transaction)
    return [book.survivor(owner) for owner in owners]


@dataclass
class _ContactBook:
    """Who is who while a batch is being read."""

    known: dict[Address, ContactId]
    new_contacts: dict[ContactId, Contact] = field(default_factory=dict)
    new_identities: list[Identity] = field(default_factory=list)
    merged: dict[ContactId, ContactId] = field(default_factory=dict)
    names: dict[ContactId, str] = field(default_factory=dict)

    def owner(self, transaction: Transaction, arrival: Arrival, event: InboundMessage | ContactChanged) -> ContactId:
        addresses = _addresses(event)
        owners = sorted({self.known[address] for address in addresses if address in self.known}, key=self._age)
        owner = owners[0] if owners else self._introduce(arrival, event)
        for other in owners[1:]:
            self._merge(transaction, arrival, owner, other, addresses)
        known = next((address for address in addresses if address in self.known), event.address)
        for address in addresses:
            if address not in self.known:
                reason = "first message" if address == known else f"proved together with {known}"
                self.new_identities.append(Identity(address, owner, reason, arrival.received_at))
            self.known[address] = owner
        if isinstance(event, InboundMessage) and event.name:
            self.names[owner] = event.name
        return owner

    def _age(self, contact_id: ContactId) -> tuple[bool, ContactId]:
        """Stored contacts are older than those of this batch, whatever the clocks of other machines said."""
        return contact_id in self.new_contacts, contact_id

    def survivor(self, contact_id: ContactId) -> ContactId:
        while contact_id in self.merged:
            contact_id = self.merged[contact_id]
        return contact_id

    def write(self, transaction: Transaction) -> None:
        contacts.add(transaction, list(self.new_contacts.values()))
        settled = [replace(each, contact_id=self.survivor(each.contact_id)) for each in self.new_identities]
        contacts.add_identities(transaction, settled)
        for contact_id, name in self.names.items():
            contacts.name_the_nameless(transaction, self.survivor(contact_id), name)

    def _introduce(self, arrival: Arrival, event: InboundMessage | ContactChanged) -> ContactId:
        contact_id = ContactId(new_id())
        self.new_contacts[contact_id] = Contact(
            id=contact_id,
            name="",
            language=language_of(event),
            created_at=arrival.received_at,
        )
        return contact_id

    def _merge(
        self,
        transaction: Transaction,
        arrival: Arrival,
        kept: ContactId,
        merged: ContactId,
        addresses: Sequence[Address],
    ) -> None:
        """The older contact is kept: ids are ordered by time."""
        reason = f"proved to be one person: {', '.join(addresses)}"
        self.merged[merged] = kept
        self.known = {address: kept if owner == merged else owner for address, owner in self.known.items()}
        if self.new_contacts.pop(merged, None) is not None:
            return
        taken = contacts.merge(transaction, kept, merged, reason)
        transaction.emit(
            Event(
                kind=EventKind.CONTACTS_MERGED,
                at=arrival.received_at,
                actor="system",
                contact_id=kept,
                subject_id=merged,
                reason=reason,
                trace=arrival.trace,
                data={"taken": taken} if taken else {},
            )
        )


def _addresses(event: InboundMessage | ContactChanged) -> tuple[Address, ...]:
    evidence = event.evidence if isinstance(event, InboundMessage) else ()
    return tuple(dict.fromkeys((event.address, *evidence)))
