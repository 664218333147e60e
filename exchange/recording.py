"""Recording: a batch of news becomes rows, inside one transaction.

Nothing here knows a provider. Everything is looked up and written for the whole batch at once; that, and not haste
with the answer, is where the speed of intake comes from.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from conversations.address import Address
from conversations.conversation import (
    Contact,
    Conversation,
    ConversationState,
    Standing,
    may_reopen,
)
from conversations.events import Event, EventKind
from conversations.ids import AccountId, ContactId, ConversationId, MessageId, new_id
from conversations.inbound import ContactChange, ContactChanged, InboundEvent, InboundMessage, Receipt, Thread, Unknown
from conversations.language import guess_language
from conversations.message import AuthorKind, Direction, Message
from conversations.parts import Media, plain_text
from exchange import receipts
from storage import contacts, conversations, fetches, files, messages, provider_events
from storage.contacts import Identity
from storage.database import Transaction

T = TypeVar("T")

FILES = "files"
"""In the data of `MESSAGE_RECEIVED`: how many files are still at the provider. Absent when there are none."""


@dataclass(frozen=True)
class Arrival:
    """The news of one request."""

    account_id: AccountId
    events: tuple[InboundEvent, ...]
    received_at: datetime
    trace: str


@dataclass(frozen=True)
class Heard:
    """One message of a known contact, on its way into a conversation."""

    account_id: AccountId
    contact_id: ContactId
    message: InboundMessage
    received_at: datetime
    trace: str

    @property
    def mark(self) -> tuple[AccountId, str]:
        """What tells this message from all others."""
        return self.account_id, self.message.key

    @property
    def words(self) -> str:
        """What lists show of it."""
        return self.message.subject or plain_text(self.message.parts)


Asides = Callable[[Transaction, Sequence[Heard]], Mapping[tuple[AccountId, str], ConversationId]]
"""Picks out messages that answer a question of ours, by their marks, and says which conversation they belong to."""


@dataclass(frozen=True)
class Policy:
    """How long a resolved conversation may be reopened, and who picks out answers to our questions."""

    reopen_within: timedelta
    asides: Asides


def record(transaction: Transaction, arrivals: Sequence[Arrival], policy: Policy) -> Counter[AccountId]:
    """Write everything new in a batch; what is known already changes nothing. Returns how much each account stored."""
    new_messages = _fresh(transaction, arrivals, InboundMessage, messages.known_keys)
    new_changes = _fresh(transaction, arrivals, ContactChanged, provider_events.known_keys)
    new_unknowns = _fresh(transaction, arrivals, Unknown, provider_events.known_keys)
    heard = [
        Heard(arrival.account_id, contact, message, arrival.received_at, arrival.trace)
        for (arrival, message), contact in zip(new_messages, _contacts_of(transaction, new_messages), strict=True)
    ]
    _record_messages(transaction, heard, policy)
    _record_changes(transaction, new_changes)
    _record_unknowns(transaction, new_unknowns)
    _record_receipts(transaction, arrivals)
    return Counter(arrival.account_id for arrival, _ in (*new_messages, *new_changes, *new_unknowns))


Keyed = TypeVar("Keyed", InboundMessage, ContactChanged, Unknown)


def _fresh(
    transaction: Transaction,
    arrivals: Sequence[Arrival],
    kind: type[Keyed],
    known_keys: Callable[..., set[str]],
) -> list[tuple[Arrival, Keyed]]:
    """The events of one kind that were never stored, each once."""
    found: dict[tuple[AccountId, str], tuple[Arrival, Keyed]] = {}
    for arrival in arrivals:
        for event in arrival.events:
            if isinstance(event, kind):
                found.setdefault((arrival.account_id, event.key), (arrival, event))
    for account_id in {account for account, _ in found}:
        keys = [key for account, key in found if account == account_id]
        for key in known_keys(transaction.connection, account_id, keys):
            del found[account_id, key]
    return list(found.values())


# Contacts


def _contacts_of(
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

    def owner(self, transaction: Transaction, arrival: Arrival, event: InboundMessage | ContactChanged) -> ContactId:
        addresses = _addresses(event)
        owners = sorted({self.known[address] for address in addresses if address in self.known}, key=self._age)
        owner = owners[0] if owners else self._introduce(arrival, event)
        for other in owners[1:]:
            self._merge(transaction, arrival, owner, other, addresses)
        for address in addresses:
            if address not in self.known:
                reason = "first message" if address == event.address else f"proved together with {event.address}"
                self.new_identities.append(Identity(address, owner, reason, arrival.received_at))
            self.known[address] = owner
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

    def _introduce(self, arrival: Arrival, event: InboundMessage | ContactChanged) -> ContactId:
        contact_id = ContactId(new_id())
        self.new_contacts[contact_id] = Contact(
            id=contact_id,
            name=event.name if isinstance(event, InboundMessage) else "",
            language=_language(event),
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
        contacts.merge(transaction, kept, merged, reason)
        transaction.emit(
            Event(
                kind=EventKind.CONTACTS_MERGED,
                at=arrival.received_at,
                actor="system",
                contact_id=kept,
                subject_id=merged,
                reason=reason,
                trace=arrival.trace,
            )
        )


def _addresses(event: InboundMessage | ContactChanged) -> tuple[Address, ...]:
    evidence = event.evidence if isinstance(event, InboundMessage) else ()
    return tuple(dict.fromkeys((event.address, *evidence)))


def _language(event: InboundMessage | ContactChanged) -> str:
    return (event.language or guess_language(plain_text(event.parts))) if isinstance(event, InboundMessage) else ""


# Messages


def _record_messages(transaction: Transaction, heard: Sequence[Heard], policy: Policy) -> None:
    if not heard:
        return
    answered = policy.asides(transaction, heard)
    spoken = [each for each in heard if each.mark not in answered]
    joined = _Joining(policy.reopen_within).join(transaction, spoken)
    stored = [_message(each, answered.get(each.mark) or joined[each.mark]) for each in heard]
    messages.add(transaction, stored)
    _remember_files(transaction, stored)
    for message, each in zip(stored, heard, strict=True):
        transaction.emit(_received(message, each))


def _message(heard: Heard, conversation_id: ConversationId) -> Message:
    said = heard.message
    return Message(
        id=MessageId(new_id()),
        conversation_id=conversation_id,
        contact_id=heard.contact_id,
        account_id=heard.account_id,
        address=said.address,
        direction=Direction.INBOUND,
        author=AuthorKind.CONTACT,
        author_id=heard.contact_id,
        parts=said.parts,
        subject=said.subject,
        key=said.key,
        external_id=said.external_id,
        occurred_at=said.occurred_at,
        received_at=heard.received_at,
    )


def _remember_files(transaction: Transaction, stored: Sequence[Message]) -> None:
    media = [
        (message, position, part)
        for message in stored
        for position, part in enumerate(message.parts)
        if isinstance(part, Media)
    ]
    if not media:
        return
    now = stored[0].received_at
    files.register(transaction, [part for _, _, part in media if part.digest], now)
    wanted = [(message.id, message.account_id, position) for message, position, part in media if not part.digest]
    fetches.add(transaction, wanted, now)


def _received(message: Message, heard: Heard) -> Event:
    event = _event(EventKind.MESSAGE_RECEIVED, heard, message.conversation_id, message.id)
    files = sum(isinstance(part, Media) and not part.digest for part in message.parts)
    return replace(event, data={FILES: files}) if files else event


@dataclass(frozen=True)
class _Opening:
    """A conversation that a message of this batch opens."""

    heard: Heard
    previous_id: ConversationId | None

    @property
    def is_continuous(self) -> bool:
        return self.heard.message.thread is None


class _Joining:
    """Finds or opens the conversation of each message; what several messages change is written once."""

    def __init__(self, reopen_within: timedelta) -> None:
        self._reopen_within = reopen_within
        self._known: dict[ConversationId, Standing] = {}
        self._joinable: dict[ContactId, ConversationId] = {}
        self._named: dict[tuple[AccountId, str], ConversationId] = {}
        self._opened: dict[ConversationId, _Opening] = {}
        self._changed: set[ConversationId] = set()

    def join(self, transaction: Transaction, heard: Sequence[Heard]) -> dict[tuple[AccountId, str], ConversationId]:
        """The conversation of each message, by the message's mark."""
        self._look_up(transaction, heard)
        joined = {each.mark: self._place(transaction, each) for each in heard}
        self._write(transaction)
        return joined

    def _look_up(self, transaction: Transaction, heard: Sequence[Heard]) -> None:
        continuous = [each.contact_id for each in heard if each.message.thread is None]
        if continuous:
            found = conversations.joinable(transaction, continuous)
            self._joinable = {contact: each.id for contact, each in found.items()}
            self._known = {each.id: each for each in found.values()}
        for each in heard:
            if each.message.thread is not None:
                self._look_up_thread(transaction, each.account_id, each.message.thread)

    def _look_up_thread(self, transaction: Transaction, account_id: AccountId, thread: Thread) -> None:
        names = messages.conversations_by_external_id(transaction.connection, account_id, thread.references)
        self._named |= {(account_id, name): found for name, found in names.items()}
        wanted = {ConversationId(thread.token), *names.values()} - {ConversationId(""), *self._known}
        if wanted:
            self._known |= conversations.standing(transaction, wanted)

    def _place(self, transaction: Transaction, heard: Heard) -> ConversationId:
        previous = self._previous(heard)
        if previous is not None and may_reopen(previous, heard.received_at, self._reopen_within):
            conversation = previous
        else:
            conversation = self._open(transaction, heard, previous)
        if conversation.state is ConversationState.RESOLVED:
            transaction.emit(_event(EventKind.CONVERSATION_REOPENED, heard, conversation.id))
        conversation.hear(heard.account_id, heard.message.address, heard.received_at, heard.words)
        self._changed.add(conversation.id)
        return conversation.id

    def _previous(self, heard: Heard) -> Standing | None:
        thread = heard.message.thread
        if thread is None:
            return self._known.get(self._joinable.get(heard.contact_id, ConversationId("")))
        names = [self._named.get((heard.account_id, name)) for name in thread.references]
        for conversation_id in (ConversationId(thread.token), *names):
            found = self._known.get(conversation_id or ConversationId(""))
            # A stranger who knows a reference does not get into somebody's conversation.
            if found is not None and found.contact_id == heard.contact_id:
                return found
        return None

    def _open(self, transaction: Transaction, heard: Heard, previous: Standing | None) -> Standing:
        opening = _Opening(heard, None if previous is None else previous.id)
        if previous is not None and opening.is_continuous:
            self._let_go(transaction, previous, heard)
        conversation = _standing_of(heard)
        self._known[conversation.id] = conversation
        self._opened[conversation.id] = opening
        if opening.is_continuous:
            self._joinable[heard.contact_id] = conversation.id
        transaction.emit(_event(EventKind.CONVERSATION_OPENED, heard, conversation.id))
        return conversation

    def _let_go(self, transaction: Transaction, previous: Standing, heard: Heard) -> None:
        conversations.close(transaction, previous.id, heard.received_at)
        if previous.state is not ConversationState.CLOSED:
            transaction.emit(_event(EventKind.CONVERSATION_CLOSED, heard, previous.id))

    def _write(self, transaction: Transaction) -> None:
        for continuous in (True, False):
            new = [
                _conversation(self._known[opened], opening)
                for opened, opening in self._opened.items()
                if opening.is_continuous is continuous
            ]
            conversations.add(transaction, new, joinable=continuous)
        conversations.heard(transaction, [self._known[each] for each in self._changed - self._opened.keys()])


def _standing_of(heard: Heard) -> Standing:
    return Standing(
        id=ConversationId(new_id()),
        contact_id=heard.contact_id,
        state=ConversationState.NEW,
        resolved_at=None,
        unanswered_since=None,
        account_id=heard.account_id,
        address=heard.message.address,
        last_message_at=heard.received_at,
        preview="",
    )


def _conversation(standing: Standing, opening: _Opening) -> Conversation:
    return Conversation(
        id=standing.id,
        contact_id=standing.contact_id,
        account_id=standing.account_id,
        address=standing.address,
        state=standing.state,
        opened_at=opening.heard.received_at,
        changed_at=standing.last_message_at,
        last_message_at=standing.last_message_at,
        preview=standing.preview,
        subject=opening.heard.message.subject,
        language=_language(opening.heard.message),
        unanswered_since=standing.unanswered_since,
        previous_id=opening.previous_id,
    )


# Everything else


def _record_changes(transaction: Transaction, news: Sequence[tuple[Arrival, ContactChanged]]) -> None:
    owners = _contacts_of(transaction, news)
    for (arrival, event), contact_id in zip(news, owners, strict=True):
        reachable = event.change in (ContactChange.FOLLOWED, ContactChange.OPTED_IN)
        contacts.set_reachable(transaction, event.address, reachable)
        transaction.emit(
            Event(
                kind=EventKind.CONTACT_CHANGED,
                at=arrival.received_at,
                actor="contact",
                contact_id=contact_id,
                reason=event.change,
                trace=arrival.trace,
                data={"address": event.address, "detail": event.detail},
            )
        )
    provider_events.add(
        transaction,
        [
            provider_events.ProviderEvent(
                account_id=arrival.account_id,
                key=event.key,
                name=event.change,
                address=event.address,
                raw=event.detail,
                occurred_at=event.occurred_at,
            )
            for arrival, event in news
        ],
    )


def _record_unknowns(transaction: Transaction, news: Sequence[tuple[Arrival, Unknown]]) -> None:
    for arrival, event in news:
        transaction.emit(
            Event(
                kind=EventKind.PROVIDER_EVENT,
                at=arrival.received_at,
                actor="provider",
                subject_id=arrival.account_id,
                reason=event.name,
                trace=arrival.trace,
            )
        )
    provider_events.add(
        transaction,
        [
            provider_events.ProviderEvent(
                account_id=arrival.account_id,
                key=event.key,
                name=event.name,
                address="",
                raw=event.raw,
                occurred_at=event.occurred_at,
            )
            for arrival, event in news
        ],
    )


def _record_receipts(transaction: Transaction, arrivals: Sequence[Arrival]) -> None:
    news: dict[AccountId, list[Receipt]] = {}
    for arrival in arrivals:
        for event in arrival.events:
            if isinstance(event, Receipt):
                news.setdefault(arrival.account_id, []).append(event)
    for account_id, received in sorted(news.items()):
        receipts.apply(transaction, account_id, received, arrivals[-1].received_at)


def _event(
    kind: EventKind, heard: Heard, conversation_id: ConversationId, message_id: MessageId | None = None
) -> Event:
    return Event(
        kind=kind,
        at=heard.received_at,
        actor="contact",
        conversation_id=conversation_id,
        message_id=message_id,
        contact_id=heard.contact_id,
        trace=heard.trace,
    )
