"""What happened besides customers' messages: they followed, left, allowed, forbade; somebody answered elsewhere."""

from collections.abc import Sequence

from conversations.conversation import PREVIEW_LENGTH
from conversations.events import Event, EventKind
from conversations.ids import AccountId, ContactId, ConversationId, MessageId, new_id
from conversations.inbound import ConsentChanged, ContactChange, ContactChanged, Recalled, SentElsewhere, Unknown
from conversations.message import AuthorKind, DeliveryState, Direction, Message
from conversations.parts import plain_text
from exchange.arrivals import Arrival
from exchange.whose import contacts_of
from storage import consents, contacts, conversations, joining, messages, provider_events, windows
from storage.database import Transaction
from storage.provider_events import ProviderEvent


def record_contact_changes(transaction: Transaction, news: Sequence[tuple[Arrival, ContactChanged]]) -> None:
    """Write down who can be written to, and who wants to be."""
    owners = contacts_of(transaction, news)
    for (arrival, event), contact_id in zip(news, owners, strict=True):
        _apply(transaction, arrival.account_id, event)
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
    _remember(transaction, [(arrival, event, event.change, event.address, event.detail) for arrival, event in news])


def record_consents(transaction: Transaction, news: Sequence[tuple[Arrival, ConsentChanged]]) -> None:
    """Count what customers allowed."""
    for arrival, event in news:
        consents.grant(transaction, arrival.account_id, event.address, event.template, event.count)
    _remember(
        transaction,
        [(arrival, event, "consent", event.address, f"{event.template} {event.count:+}") for arrival, event in news],
    )


def record_elsewhere(transaction: Transaction, news: Sequence[tuple[Arrival, SentElsewhere]]) -> None:
    """Answers given in the provider's own app join the conversation they were given in."""
    if not news:
        return
    known = contacts.by_addresses(transaction, [event.address for _, event in news])
    talks = joining.joinable(transaction, list(known.values()))
    for arrival, event in news:
        talk = talks.get(known[event.address]) if event.address in known else None
        if talk is None:
            record_unknowns(transaction, [(arrival, _without_a_conversation(event))])
            continue
        message = _said_elsewhere(arrival, event, talk.id, known[event.address])
        messages.add(transaction, [message])
        _note_answer(transaction, arrival, message)


def record_recalls(transaction: Transaction, news: Sequence[tuple[Arrival, Recalled]]) -> None:
    """Mark messages that were taken back; they stay readable, since somebody may have acted on them."""
    for arrival, event in news:
        for message in messages.by_external_id(transaction.connection, arrival.account_id, event.external_id):
            messages.recall(transaction, message.id, event.occurred_at)
            transaction.emit(_about(message, EventKind.MESSAGE_CHANGED, arrival, "recalled"))
    _remember(transaction, [(arrival, event, "recalled", event.address, event.external_id) for arrival, event in news])


def record_unknowns(transaction: Transaction, news: Sequence[tuple[Arrival, Unknown]]) -> None:
    """Keep raw what we have no word for."""
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
    _remember(transaction, [(arrival, event, event.name, "", event.raw) for arrival, event in news])


def _apply(transaction: Transaction, account_id: AccountId, event: ContactChanged) -> None:
    match event.change:
        case ContactChange.FOLLOWED:
            contacts.set_reachable(transaction, event.address, True)
        case ContactChange.UNFOLLOWED:
            contacts.set_reachable(transaction, event.address, False)
            windows.close(transaction, account_id, event.address)
        case ContactChange.OPTED_OUT:
            consents.opt_out(transaction, account_id, event.address, event.occurred_at, event.detail)
        case ContactChange.OPTED_IN:
            consents.opt_in(transaction, account_id, event.address)
            contacts.set_reachable(transaction, event.address, True)


def _said_elsewhere(
    arrival: Arrival, event: SentElsewhere, conversation_id: ConversationId, contact_id: ContactId
) -> Message:
    return Message(
        id=MessageId(new_id()),
        conversation_id=conversation_id,
        contact_id=contact_id,
        account_id=arrival.account_id,
        address=event.address,
        direction=Direction.OUTBOUND,
        author=AuthorKind.AGENT,
        author_id=event.author,
        parts=event.parts,
        key=event.key,
        external_id=event.external_id,
        occurred_at=event.occurred_at,
        received_at=arrival.received_at,
        state=DeliveryState.ACCEPTED,
    )


def _note_answer(transaction: Transaction, arrival: Arrival, message: Message) -> None:
    values = {
        "changed_at": arrival.received_at,
        "last_message_at": arrival.received_at,
        "unanswered_since": None,
        "preview": plain_text(message.parts)[:PREVIEW_LENGTH],
    }
    conversations.change(transaction, message.conversation_id, values)
    transaction.emit(_about(message, EventKind.MESSAGE_SENT, arrival, "answered in the provider's own app"))


def _about(message: Message, kind: EventKind, arrival: Arrival, reason: str) -> Event:
    return Event(
        kind=kind,
        at=arrival.received_at,
        actor="provider",
        conversation_id=message.conversation_id,
        message_id=message.id,
        contact_id=message.contact_id,
        reason=reason,
        trace=arrival.trace,
    )


def _without_a_conversation(event: SentElsewhere) -> Unknown:
    return Unknown(key=event.key, name="answered elsewhere", occurred_at=event.occurred_at, raw=plain_text(event.parts))


Keyed = ContactChanged | ConsentChanged | Recalled | Unknown


def _remember(transaction: Transaction, news: Sequence[tuple[Arrival, Keyed, str, str, str]]) -> None:
    provider_events.add(
        transaction,
        [
            ProviderEvent(
                account_id=arrival.account_id,
                key=event.key,
                name=name,
                address=address,
                raw=raw,
                occurred_at=event.occurred_at,
            )
            for arrival, event, name, address, raw in news
        ],
    )
