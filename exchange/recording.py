"""Recording: a batch of news becomes rows, inside one transaction.

Nothing here knows a provider. Everything is looked up and written for the whole batch at once; that, and not haste
with the answer, is where the speed of intake comes from.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from channels.contract import Window
from conversations.events import ASIDE, Event, EventKind
from conversations.ids import AccountId, ConversationId
from conversations.inbound import (
    ConsentChanged,
    ContactChanged,
    Fragment,
    InboundMessage,
    Recalled,
    Receipt,
    SentElsewhere,
    Unknown,
)
from conversations.message import AuthorKind, Direction, Message
from conversations.parts import Media
from exchange import changes, entrances, mailboxes, pieces, receipts, repeats
from exchange.arrivals import Arrival, Heard, event_of
from exchange.joining import Joining
from exchange.whose import contacts_of
from storage import fetches, files, leases, listeners, messages, provider_events, quarantine, slots, windows
from storage.database import Connection, Transaction
from storage.messages import Key
from storage.windows import OpenWindow

FILES = "files"
"""In the data of `MESSAGE_RECEIVED`: how many files are still at the provider. Absent when there are none."""

WOKEN = "woken"
"""The reason of a `PROVIDER_EVENT` that wakes whoever listens for the account."""

Asides = Callable[[Transaction, Sequence[Heard]], Mapping[tuple[AccountId, str], ConversationId]]
"""Picks out messages that answer a question of ours, by their marks, and says which conversation they belong to."""


@dataclass(frozen=True)
class Policy:
    """How long a resolved conversation may be reopened, who picks out answers to our questions, and what a window of an
    account is that goes by a name."""

    reopen_within: timedelta
    asides: Asides
    window_of: Callable[[AccountId, str], Window | None]


def record(transaction: Transaction, arrivals: Sequence[Arrival], policy: Policy) -> Counter[AccountId]:
    """Write everything new in a batch; what is known already changes nothing. Returns how much each account stored.

    Raises `LeaseLost` when a listener speaks that was replaced.
    """
    _leave_off(transaction, arrivals)
    news = _by_kind(arrivals)
    for kind in (InboundMessage, Fragment, ContactChanged):
        news[kind] = repeats.told_apart(transaction, news[kind])
    said = _fresh(transaction, news[InboundMessage], messages.known_keys)
    parts = _fresh(transaction, news[Fragment], provider_events.known_keys)
    changed = {kind: _fresh(transaction, news[kind], known) for kind, known in _KNOWN.items()}
    entrances.note(transaction, changed[ContactChanged])
    whole = [*said, *pieces.completed(transaction, parts)]
    _record_messages(transaction, whole, policy)
    for kind, fresh in changed.items():
        _WRITERS[kind](transaction, fresh)
    _open_windows(transaction, [*whole, *changed[ContactChanged]], policy)
    _make_room(transaction, arrivals)
    _record_receipts(transaction, news[Receipt])
    return Counter(arrival.account_id for fresh in (said, parts, *changed.values()) for arrival, _ in fresh)


def record_expired(transaction: Transaction, now: datetime, policy: Policy) -> int:
    """Store what is there of messages whose other pieces never came. Returns how many there were."""
    late = pieces.expired(transaction, now)
    _record_messages(transaction, late, policy)
    return len(late)


News = list[tuple[Arrival, Any]]
"""Events of one kind, each with the request that brought it."""

Known = Callable[[Connection, Iterable[Key]], set[Key]]
"""Which of these are stored already."""


def _by_kind(arrivals: Sequence[Arrival]) -> defaultdict[type[Any], News]:
    """Every event under its type; a message that is only a piece of one is under `Fragment`."""
    news = defaultdict[type[Any], News](list)
    for arrival in arrivals:
        for event in arrival.events:
            is_piece = isinstance(event, InboundMessage) and event.fragment is not None
            news[Fragment if is_piece else type(event)].append((arrival, event))
    return news


def _fresh(transaction: Transaction, news: News, known: Known) -> News:
    """What was never stored, each once."""
    found: dict[tuple[AccountId, str], tuple[Arrival, Any]] = {}
    for arrival, event in news:
        found.setdefault((arrival.account_id, event.key), (arrival, event))
    for stored in known(transaction.connection, found) if found else ():
        del found[stored]
    return list(found.values())


def _record_messages(transaction: Transaction, said: Sequence[tuple[Arrival, InboundMessage]], policy: Policy) -> None:
    if not said:
        return
    said = mailboxes.proved(transaction, said)
    heard = [
        Heard(arrival.account_id, contact, message, arrival.received_at, arrival.trace)
        for (arrival, message), contact in zip(said, contacts_of(transaction, said), strict=True)
    ]
    answered = policy.asides(transaction, heard)
    spoken = [each for each in heard if each.mark not in answered]
    joined = Joining(policy.reopen_within).join(transaction, spoken)
    stored = [_message(each, answered.get(each.mark) or joined[each.mark]) for each in heard]
    messages.add(transaction, stored)
    _remember_files(transaction, stored)
    mailboxes.remember(transaction, heard)
    for message, each in zip(stored, heard, strict=True):
        transaction.emit(_received(message, each, each.mark in answered))


def _message(heard: Heard, conversation_id: ConversationId) -> Message:
    said = heard.message
    return Message(
        id=heard.message_id,
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


def _received(message: Message, heard: Heard, is_aside: bool) -> Event:
    event = event_of(EventKind.MESSAGE_RECEIVED, heard, message.conversation_id, message.id)
    files = sum(isinstance(part, Media) and not part.digest for part in message.parts)
    data = {name: value for name, value in ((FILES, files), (ASIDE, is_aside)) if value}
    return replace(event, data=data) if data else event


def _record_receipts(transaction: Transaction, news: Sequence[tuple[Arrival, Receipt]]) -> None:
    received: dict[AccountId, list[Receipt]] = {}
    for arrival, receipt in news:
        received.setdefault(arrival.account_id, []).append(receipt)
    for account_id, of_account in sorted(received.items()):
        receipts.apply(transaction, account_id, of_account, news[-1][0].received_at)


def _open_windows(
    transaction: Transaction, news: Sequence[tuple[Arrival, InboundMessage | ContactChanged]], policy: Policy
) -> None:
    opened = []
    for arrival, event in news:
        window = policy.window_of(arrival.account_id, event.opens) if event.opens else None
        if window is not None:
            opened.append(
                OpenWindow(
                    account_id=arrival.account_id,
                    address=event.address,
                    name=window.name,
                    ends_at=event.occurred_at + window.lasts,
                    remaining=window.messages,
                )
            )
    windows.open_(transaction, opened)


def _make_room(transaction: Transaction, arrivals: Sequence[Arrival]) -> None:
    for arrival in arrivals:
        if arrival.passive is not None:
            ends_at = arrival.received_at + timedelta(seconds=arrival.passive.seconds)
            slots.open_(transaction, arrival.account_id, arrival.passive.key, arrival.passive.address, ends_at)


def _leave_off(transaction: Transaction, arrivals: Sequence[Arrival]) -> None:
    for arrival in arrivals:
        if arrival.left_off is not None and arrival.left_off.lease:
            leases.guard(transaction, arrival.left_off.lease, arrival.left_off.fence)
        if arrival.left_off is not None and arrival.left_off.cursor is not None:
            listeners.set_cursor(transaction, arrival.account_id, arrival.left_off.cursor)
        for held in arrival.illegible:
            quarantine.add(transaction, held)
        if arrival.wakes:
            listeners.wake(transaction, arrival.account_id, arrival.wakes, arrival.received_at)
            transaction.emit(_woken(arrival))


def _woken(arrival: Arrival) -> Event:
    return Event(
        kind=EventKind.PROVIDER_EVENT,
        at=arrival.received_at,
        actor="provider",
        subject_id=arrival.account_id,
        reason=WOKEN,
        trace=arrival.trace,
    )


def _known_elsewhere(connection: Connection, keys: Iterable[Key]) -> set[Key]:
    """Answers that found no conversation are kept raw."""
    asked = set(keys)
    return messages.known_outbound_keys(connection, asked) | provider_events.known_keys(connection, asked)


_KNOWN: dict[type[Any], Known] = {
    ContactChanged: provider_events.known_keys,
    ConsentChanged: provider_events.known_keys,
    SentElsewhere: _known_elsewhere,
    Recalled: provider_events.known_keys,
    Unknown: provider_events.known_keys,
}

_WRITERS: dict[type[Any], Callable[[Transaction, Any], None]] = {
    ContactChanged: changes.record_contact_changes,
    ConsentChanged: changes.record_consents,
    SentElsewhere: changes.record_elsewhere,
    Recalled: changes.record_recalls,
    Unknown: changes.record_unknowns,
}
"""In this order: who left must not be answered in a window that opens in the same moment."""
