"""Joining: each message finds the conversation it belongs to, or opens one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from conversations.address import Address
from conversations.conversation import Conversation, ConversationState, Standing, may_reopen
from conversations.events import EventKind
from conversations.ids import AccountId, ContactId, ConversationId, new_id
from conversations.inbound import Thread
from exchange import entrances
from exchange.arrivals import Heard, event_of, language_of
from storage import conversations, joining, messages
from storage.database import Transaction


@dataclass(frozen=True)
class _Opening:
    """A conversation that a message of this batch opens."""

    heard: Heard
    previous_id: ConversationId | None

    @property
    def is_continuous(self) -> bool:
        return self.heard.message.thread is None


class Joining:
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
            found = joining.joinable(transaction, continuous)
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
            self._known |= joining.standing(transaction, wanted)

    def _place(self, transaction: Transaction, heard: Heard) -> ConversationId:
        previous = self._previous(heard)
        if previous is not None and may_reopen(previous, heard.received_at, self._reopen_within):
            conversation = previous
        else:
            conversation = self._open(transaction, heard, previous)
        if conversation.state is ConversationState.RESOLVED:
            transaction.emit(event_of(EventKind.CONVERSATION_REOPENED, heard, conversation.id))
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
        transaction.emit(event_of(EventKind.CONVERSATION_OPENED, heard, conversation.id))
        return conversation

    def _let_go(self, transaction: Transaction, previous: Standing, heard: Heard) -> None:
        conversations.close(transaction, previous.id, heard.received_at)
        if previous.state is not ConversationState.CLOSED:
            transaction.emit(event_of(EventKind.CONVERSATION_CLOSED, heard, previous.id))

    def _write(self, transaction: Transaction) -> None:
        scenes = entrances.scenes(transaction, [opening.heard for opening in self._opened.values()])
        for continuous in (True, False):
            new = [
                _conversation(self._known[opened], opening, scenes)
                for opened, opening in self._opened.items()
                if opening.is_continuous is continuous
            ]
            conversations.add(transaction, new, joinable=continuous)
        joining.heard(transaction, [self._known[each] for each in self._changed - self._opened.keys()])


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


def _conversation(
    standing: Standing, opening: _Opening, scenes: Mapping[tuple[AccountId, Address], str]
) -> Conversation:
    scene = scenes.get((standing.account_id, standing.address), "")
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
        language=language_of(opening.heard.message),
        unanswered_since=standing.unanswered_since,
        previous_id=opening.previous_id,
        source=opening.heard.message.source or scene,
    )
