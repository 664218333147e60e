"""Help: an agent raises a hand, a supervisor comes, and joins or takes over where a whisper is not enough."""

from datetime import datetime

from conversations.clock import Clock
from conversations.conversation import Conversation
from conversations.events import EventKind
from conversations.help import Hand, looks_after
from conversations.ids import ConversationId, HandId, new_id
from conversations.people import User, scope_of
from desk import moves
from desk.errors import NotFound, Refused
from desk.reasons import demanded
from storage import hands, people
from storage.database import Database, Transaction


class Help:
    """Every act tells its word to the story."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def raise_hand(self, user: User, word: str, conversation_id: ConversationId | None = None) -> Hand:
        """Ask for help, in general or with a conversation. Raises `NotFound` and `Refused`."""
        if not word:
            raise Refused("Say in a word what you need.")
        hand = Hand(
            id=HandId(new_id()), user_id=user.id, conversation_id=conversation_id, word=word, raised_at=self._clock()
        )

        def change(transaction: Transaction) -> None:
            if conversation_id is not None:
                moves.held_for(transaction, conversation_id, scope_of(user))
            # Held, so that two screens of one person raise one hand.
            people.held(transaction, [user.id])
            if any(each.user_id == user.id for each in hands.listed(transaction.connection)):
                raise Refused("Your hand is up already.")
            hands.add(transaction, hand)

        await self._database.write(change)
        return hand

    async def take(self, by: User, hand_id: HandId) -> None:
        """Say that one comes. Raises `NotFound` and `Refused`."""
        now = self._clock()

        def change(transaction: Transaction) -> None:
            hand = _held(transaction, hand_id)
            if hand.taken_by is not None:
                raise Refused("Somebody is helping already.")
            hands.take(transaction, hand, by.id, now)

        await self._database.write(change)

    async def lower(self, by: User, hand_id: HandId, word: str = "") -> None:
        """Put it down: one's own, or that of somebody one looks after. Raises `NotFound`."""

        def change(transaction: Transaction) -> None:
            hand = _held(transaction, hand_id)
            owner = people.get(transaction.connection, hand.user_id)
            if owner is None or not (by.id == owner.id or looks_after(by, owner)):
                raise NotFound("This hand is down.")
            hands.lower(transaction, hand, by.id, self._clock(), word)

        await self._database.write(change)

    async def join(self, by: User, conversation_id: ConversationId, reason: str) -> None:
        """Say that one writes beside the agent, whose conversation it stays. Raises `NotFound` and `Refused`."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            moves.must_be_open(held)
            if held.assignee_id in (None, by.id):
                raise Refused("There is nobody beside whom to write. Take it instead.")
            transaction.emit(moves.event(held, EventKind.CONVERSATION_JOINED, by.id, now, reason=reason))

        await self._act(by, conversation_id, reason, change)

    async def take_over(self, by: User, conversation_id: ConversationId, reason: str) -> None:
        """Take it from its agent. Raises `NotFound` and `Refused`."""
        await self._act(
            by, conversation_id, reason, lambda tx, held, now: moves.hand(tx, held, by.id, by.id, now, reason)
        )

    async def _act(self, by: User, conversation_id: ConversationId, reason: str, change: moves.Change) -> None:
        demanded(reason)
        await self._database.write(moves.act, by, conversation_id, change, self._clock())


def _held(transaction: Transaction, hand_id: HandId) -> Hand:
    hand = hands.hold(transaction, hand_id)
    if hand is None:
        raise NotFound("This hand is down.")
    return hand
