"""After an abusive customer (情绪管理): the agent is offered once to cool off, and the lead is told."""

from datetime import datetime, timedelta

from conversations.clock import Clock
from conversations.conversation import Conversation
from conversations.events import Event, EventKind
from conversations.ids import ConversationId, UserId
from conversations.people import AgentState, User, scope_of
from conversations.states import COOLING, follows
from desk import moves
from desk.errors import Refused
from routing.rulebook.said import says, word_finder
from routing.rulebook.words import ABUSE
from storage import abuse, alerts, people, shifts, states
from storage.database import Database, Transaction
from storage.rules import RuleBook

FRESH = timedelta(minutes=30)
"""For so long an offer stands: later nobody has to cool off any more."""

BY_WORDS = "abusive words"


class Cooling:
    """What agents say of abusive customers, and of themselves after them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._is_abusive = word_finder(RuleBook(), ABUSE)

    def learn(self, book: RuleBook) -> None:
        """The abusive words, as they are edited with the rules."""
        self._is_abusive = word_finder(book, ABUSE)

    async def mark(self, user: User, conversation_id: ConversationId, word: str) -> None:
        """Note that the customer is abusive here, and offer the person to cool off. Raises `NotFound` and `Refused`."""
        if not word:
            raise Refused("Say in a word what happened.")

        def change(transaction: Transaction) -> None:
            held = moves.held_for(transaction, conversation_id, scope_of(user))
            _mark(transaction, held, user.id, word, self._clock())
            _offer(transaction, held, user.id, self._clock())

        await self._database.write(change)

    async def answer(self, user: User, takes: bool) -> None:
        """Take the offer, or not. Raises `Refused` when there is none."""
        now = self._clock()

        def change(transaction: Transaction) -> None:
            held = people.held(transaction, [user.id])[user.id]
            offer = abuse.offered(transaction.connection, user.id, now - FRESH)
            if offer is None:
                raise Refused("This offer is over.")
            abuse.answer(transaction, user.id, {"answered_at": now, "taken": takes})
            if takes:
                _cool_off(transaction, held, offer.conversation_id, now)
            else:
                transaction.emit(_answered(EventKind.COOL_OFF_DECLINED, held, offer.conversation_id, now))

        await self._database.write(change)

    def consider(self, transaction: Transaction, resolved: Conversation, agent_id: UserId, now: datetime) -> None:
        """Offer whoever ends a conversation with abusive words in it to cool off (`desk.replies.Resolved`)."""
        if says(transaction.connection, resolved.id, self._is_abusive):
            _mark(transaction, resolved, "system", BY_WORDS, now)
            _offer(transaction, resolved, agent_id, now)


def _mark(transaction: Transaction, held: Conversation, by: str, word: str, now: datetime) -> None:
    if abuse.mark(transaction, held.id, UserId(by), word, now):
        transaction.emit(moves.event(held, EventKind.ABUSE_MARKED, by, now, reason=word))


def _offer(transaction: Transaction, held: Conversation, user_id: UserId, now: datetime) -> None:
    if abuse.offer(transaction, held.id, user_id, now):
        transaction.emit(moves.event(held, EventKind.COOL_OFF_OFFERED, "system", now, subject_id=user_id))


def _cool_off(transaction: Transaction, user: User, conversation_id: ConversationId, now: datetime) -> None:
    if not follows(user.state, AgentState.COOL_OFF):
        raise Refused("Come to work first.")
    longest = shifts.rules(transaction.connection).longest(COOLING)
    until = now + longest if longest else None
    states.set_state(transaction, user.id, AgentState.COOL_OFF, now, user.id, COOLING, until=until)
    leads = people.leaders_of(transaction.connection, user.queue_ids, user.id)
    alerts.alert(transaction, leads, _answered(EventKind.COOL_OFF_TAKEN, user, conversation_id, now))


def _answered(kind: EventKind, user: User, conversation_id: ConversationId, now: datetime) -> Event:
    return Event(
        kind=kind,
        at=now,
        actor=user.id,
        conversation_id=conversation_id,
        subject_id=user.id,
        data={"name": user.name},
    )
