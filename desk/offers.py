"""Answering an offer: a conversation that the router would give to an agent who says yes in time (三声之内)."""

from collections.abc import Callable
from datetime import datetime

from conversations.clock import Clock
from conversations.conversation import Conversation
from conversations.events import EventKind
from conversations.ids import ConversationId
from conversations.people import User, scope_of
from desk import moves
from desk.errors import Refused
from storage import conversations
from storage.database import Database, Transaction


class Offers:
    """What is offered to somebody. As long as the row says so it can be answered, whatever the clock says."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def accept(self, user: User, conversation_id: ConversationId) -> None:
        """Make it mine. Raises `NotFound`, and `Refused` when it is not offered to this person any more."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            moves.assign(transaction, held, user.id, user.id, now, "accepted")

        await self._answer(user, conversation_id, change)

    async def decline(self, user: User, conversation_id: ConversationId, reason: str = "") -> None:
        """Leave it to somebody else. Raises `NotFound`, and `Refused` when it is not offered to them any more."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            declined = {**held.declined, user.id: now}
            values = {"offered_to": None, "offered_until": None, "declined": declined, "changed_at": now}
            conversations.change(transaction, held.id, values)
            moves.follow_load(transaction, now, user.id)
            data = {"queue_id": held.queue_id, "assignee_id": user.id}
            kind = EventKind.CONVERSATION_DECLINED
            transaction.emit(moves.event(held, kind, user.id, now, reason=reason, subject_id=user.id, data=data))

        await self._answer(user, conversation_id, change)

    async def _answer(
        self,
        user: User,
        conversation_id: ConversationId,
        change: Callable[[Transaction, Conversation, datetime], None],
    ) -> None:
        def act(transaction: Transaction) -> None:
            held = moves.held_for(transaction, conversation_id, scope_of(user))
            if held.offered_to != user.id:
                raise Refused("This is not offered to you any more.")
            change(transaction, held, self._clock())

        await self._database.write(act)
