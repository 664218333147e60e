"""Leaving the line, leaving a message instead, being called back: what a waiting customer asks for, and gets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.conversation import Conversation, ConversationState
from conversations.deadlines import DeadlineKind
from conversations.events import Event, EventKind
from conversations.ids import AccountId, ConversationId
from conversations.parts import Text
from conversations.wishes import Wish
from desk.asked import Asked, AskingWords, next_time, phone_in, read_wish
from desk.automatic import AutomaticReplies
from desk.zones import zone_of_contact, zone_of_number
from exchange.arrivals import Heard
from routing.clocks.promises import promise
from routing.rulebook.rules import word_lists
from storage import contacts, conversations, queues, waiting
from storage.database import Transaction
from storage.rules import RuleBook
from templates.renderer import render_shipped

CALLS_BACK_WITHIN = timedelta(minutes=60)
"""As long as no queue says otherwise."""


class Wishes:
    """Reads them out of what customers say; a time of day is in their zone, or in `zone` where that is unknown."""

    def __init__(self, automatic: AutomaticReplies, zone: ZoneInfo, language: str) -> None:
        self._automatic = automatic
        self._zone = zone
        self._language = language
        self._words = AskingWords({})

    def learn(self, book: RuleBook) -> None:
        """The words by which customers ask, as they are edited with the rules."""
        self._words = AskingWords(word_lists(book))

    @property
    def words(self) -> AskingWords:
        """The words in force."""
        return self._words

    def take(self, transaction: Transaction, heard: Sequence[Heard]) -> Mapping[tuple[AccountId, str], ConversationId]:
        """Fulfil what those who wait ask for (`exchange.recording.Asides`)."""
        asking = [(each, asked) for each in heard if (asked := read_wish(each.message.parts, self._words))]
        taken: dict[tuple[AccountId, str], ConversationId] = {}
        for each, asked in asking:
            held = waiting.of_contact(transaction, each.contact_id, each.account_id)
            if held is not None:
                self._fulfil(transaction, held, asked, each)
                taken[each.mark] = held.id
        return taken

    def _fulfil(self, transaction: Transaction, held: Conversation, asked: Asked, heard: Heard) -> None:
        known = _ACTS[asked.wish](transaction, held, asked, heard, self._zone)
        words = render_shipped(f"waiting/{asked.wish}.txt", held.language or self._language, known)
        answer = replace(held, account_id=heard.account_id, address=heard.message.address)
        self._automatic.tell(transaction, answer, Text(words), f"{asked.wish}-{heard.message.key}", heard.received_at)


def _leave(
    transaction: Transaction, held: Conversation, asked: Asked, heard: Heard, zone: ZoneInfo
) -> Mapping[str, object]:
    """Settled and closed: what they write next begins anew."""
    now = heard.received_at
    values = {"state": ConversationState.RESOLVED, "resolved_at": now, "unanswered_since": None, "wish": ""}
    conversations.change(transaction, held.id, values)
    conversations.close(transaction, held.id, now)
    for kind in (EventKind.CONVERSATION_RESOLVED, EventKind.CONVERSATION_CLOSED):
        _tell(transaction, kind, held, heard, "The customer left the line.", {})
    return {}


def _leave_message(
    transaction: Transaction, held: Conversation, asked: Asked, heard: Heard, zone: ZoneInfo
) -> Mapping[str, object]:
    """They keep their place, and are told nothing more about it."""
    _wish(transaction, held, asked.wish, heard, "The customer leaves a message and does not wait.", {})
    return {}


def _call_back(
    transaction: Transaction, held: Conversation, asked: Asked, heard: Heard, zone: ZoneInfo
) -> Mapping[str, object]:
    """They keep their place, and somebody has to come back to them in time."""
    now = heard.received_at
    theirs = _zone_of(transaction, held, asked, now) or zone
    due_at = next_time(asked.words, now, theirs) or now + _within(transaction, held)
    kind, actor = DeadlineKind.CALLBACK, "contact"
    promise(transaction, held, kind, due_at, now, actor=actor, reason=asked.words, time_zone=theirs.key)
    known = {"due_at": due_at, "time_zone": theirs.key}
    _wish(transaction, held, asked.wish, heard, "The customer asks to be called back.", known)
    return {"time": _told(due_at, now, theirs), "has_phone": _has_phone(transaction, held, asked)}


def _zone_of(transaction: Transaction, held: Conversation, asked: Asked, now: datetime) -> ZoneInfo | None:
    """By what the customer says now, rather than by what we know of them."""
    said = asked.zone or zone_of_number(phone_in(asked.words), now)
    return said or zone_of_contact(transaction.connection, held.contact_id, now)


def _told(due_at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The time of day, with the date when that is another."""
    due, today = due_at.astimezone(zone), now.astimezone(zone).date()
    return f"{due:%H:%M}" if due.date() == today else f"{due:%m-%d %H:%M}"


Act = Callable[[Transaction, Conversation, Asked, Heard, ZoneInfo], Mapping[str, object]]

_ACTS: Mapping[Wish, Act] = {Wish.LEAVE: _leave, Wish.MESSAGE: _leave_message, Wish.CALLBACK: _call_back}
"""Each returns what the customer is told of it."""


def _wish(
    transaction: Transaction, held: Conversation, wish: Wish, heard: Heard, reason: str, data: Mapping[str, object]
) -> None:
    values = {"wish": wish, "told_at": heard.received_at, "changed_at": heard.received_at}
    conversations.change(transaction, held.id, values)
    _tell(transaction, EventKind.CONVERSATION_WISHED, held, heard, reason, {"wish": wish, **data})


def _within(transaction: Transaction, held: Conversation) -> timedelta:
    found = [each for each in queues.listed(transaction.connection) if each.id == held.queue_id]
    return timedelta(minutes=found[0].calls_back_within) if found else CALLS_BACK_WITHIN


def _has_phone(transaction: Transaction, held: Conversation, asked: Asked) -> bool:
    known = contacts.identities_of(transaction.connection, held.contact_id)
    return bool(phone_in(asked.words)) or any(str(each["address"]).startswith("tel:") for each in known)


def _tell(
    transaction: Transaction,
    kind: EventKind,
    held: Conversation,
    heard: Heard,
    reason: str,
    data: Mapping[str, object],
) -> None:
    transaction.emit(
        Event(
            kind=kind,
            at=heard.received_at,
            actor="contact",
            conversation_id=held.id,
            contact_id=held.contact_id,
            reason=reason,
            trace=heard.trace,
            data=data,
        )
    )
