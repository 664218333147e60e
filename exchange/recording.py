"""Recording: a batch of news becomes rows, inside one transaction.

Nothing here knows a provider. Everything is looked up and written for the whole batch at once; that, and not haste
with the answer, is where the speed of intake comes from.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from conversations.events import Event, EventKind
from conversations.ids import AccountId, ConversationId, MessageId, new_id
from conversations.inbound import ContactChange, ContactChanged, InboundMessage, Receipt, Unknown
from conversations.message import AuthorKind, Direction, Message
from conversations.parts import Media
from exchange import receipts
from exchange.arrivals import Arrival, Heard, event_of
from exchange.joining import Joining
from exchange.whose import contacts_of
from storage import contacts, fetches, files, messages, provider_events
from storage.database import Transaction

FILES = "files"
"""In the data of `MESSAGE_RECEIVED`: how many files are still at the provider. Absent when there are none."""

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
        for (arrival, message), contact in zip(new_messages, contacts_of(transaction, new_messages), strict=True)
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


def _record_messages(transaction: Transaction, heard: Sequence[Heard], policy: Policy) -> None:
    if not heard:
        return
    answered = policy.asides(transaction, heard)
    spoken = [each for each in heard if each.mark not in answered]
    joined = Joining(policy.reopen_within).join(transaction, spoken)
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
    event = event_of(EventKind.MESSAGE_RECEIVED, heard, message.conversation_id, message.id)
    files = sum(isinstance(part, Media) and not part.digest for part in message.parts)
    return replace(event, data={FILES: files}) if files else event


def _record_changes(transaction: Transaction, news: Sequence[tuple[Arrival, ContactChanged]]) -> None:
    owners = contacts_of(transaction, news)
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
