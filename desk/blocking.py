"""Blocking a customer who is a nuisance: one person asks, a second one decides, time ends it, complaints pass."""

from collections.abc import Callable
from datetime import datetime, timedelta

from conversations.blocks import DAYS, Block, BlockState
from conversations.clock import Clock
from conversations.conversation import OPEN, Conversation, ConversationState
from conversations.events import Event, EventKind
from conversations.ids import BlockId, ContactId, ConversationId, UserId, new_id
from conversations.people import User, scope_of
from desk import moves
from desk.errors import NotFound, Refused
from desk.reasons import demanded
from storage import alerts, blocks, conversations, people
from storage.database import Database, Transaction


class Blocking:
    """Every step has its person, its word and its event."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ask(self, user: User, conversation_id: ConversationId, reason: str, days: int) -> Block:
        """Ask to block the customer of a conversation for so long. Raises `NotFound` and `Refused`."""
        if not reason:
            raise Refused("Say why they should be blocked.")
        if days not in DAYS:
            raise Refused("A customer is blocked for 1, 7, 30 or 90 days.")

        def change(transaction: Transaction) -> Block:
            now = self._clock()
            held = moves.held_for(transaction, conversation_id, scope_of(user))
            if blocks.of_contact(transaction.connection, held.contact_id, now):
                raise Refused("That was asked already, or they are blocked.")
            block = Block(
                id=BlockId(new_id()),
                contact_id=held.contact_id,
                reason=reason,
                days=days,
                asked_by=user.id,
                asked_at=now,
            )
            blocks.add(transaction, block)
            leads = people.leaders_of(transaction.connection, user.queue_ids, user.id)
            event = _event(EventKind.BLOCK_ASKED, block.contact_id, user.id, reason, now, conversation_id)
            alerts.alert(transaction, leads, event)
            return block

        return await self._database.write(change)

    async def approve(self, by: User, block_id: BlockId) -> None:
        """Agree, as a second person: what waits of the customer leads nowhere from now on."""

        def change(transaction: Transaction, block: Block, now: datetime) -> None:
            if by.id == block.asked_by:
                raise Refused("Who asked for it does not decide it: a second person does.")
            until = now + timedelta(days=block.days)
            _decide(transaction, block, BlockState.APPROVED, by.id, block.reason, now, until)
            for row in conversations.of_contact(transaction.connection, block.contact_id):
                _take_off(transaction, row.id, by.id, now)

        await self._settle(block_id, BlockState.ASKED, change)

    async def refuse(self, by: User, block_id: BlockId, word: str) -> None:
        """Disagree, with a word."""
        await self._end(by, block_id, BlockState.ASKED, BlockState.REFUSED, word)

    async def lift(self, by: User, block_id: BlockId, word: str) -> None:
        """End it before its time, with a word."""
        await self._end(by, block_id, BlockState.APPROVED, BlockState.LIFTED, word)

    async def _end(self, by: User, block_id: BlockId, before: BlockState, after: BlockState, word: str) -> None:
        demanded(word)
        await self._settle(block_id, before, lambda tx, block, now: _decide(tx, block, after, by.id, word, now))

    async def _settle(
        self, block_id: BlockId, before: BlockState, change: Callable[[Transaction, Block, datetime], None]
    ) -> None:
        def act(transaction: Transaction) -> None:
            block = blocks.hold(transaction, block_id)
            if block is None:
                raise NotFound("There is no such block.")
            if block.state is not before:
                raise Refused("This was decided meanwhile.")
            change(transaction, block, self._clock())

        await self._database.write(act)


def end_for_good(transaction: Transaction, resolved: Conversation, now: datetime) -> None:
    """What a blocked customer writes next joins no settled conversation: it would go to who had it."""
    if blocks.in_force(transaction.connection, [resolved.contact_id], now):
        _close(transaction, resolved, UserId("system"), now)


def _decide(
    transaction: Transaction,
    block: Block,
    state: BlockState,
    by: UserId,
    word: str,
    now: datetime,
    until: datetime | None = None,
) -> None:
    values = {"state": state, "decided_by": by, "decided_at": now, "word": word, "until": until}
    blocks.change(transaction, block.id, values)
    transaction.emit(_event(EventKind.BLOCK_DECIDED, block.contact_id, by, word, now, state=state))


def _take_off(transaction: Transaction, conversation_id: ConversationId, by: UserId, now: datetime) -> None:
    """Out of its queue, or closed; what an agent has stays theirs to end."""
    row = conversations.lock(transaction, conversation_id)
    if row is None:
        return
    if row.state is ConversationState.RESOLVED:
        _close(transaction, row, by, now)
    elif row.state in OPEN and row.assignee_id is None:
        conversations.change(transaction, row.id, {"state": ConversationState.NEW, "queue_id": None, "changed_at": now})
        data = {"queue_id": None, "assignee_id": None}
        transaction.emit(moves.event(row, EventKind.CONVERSATION_QUEUED, by, now, reason="blocked", data=data))


def _close(transaction: Transaction, row: Conversation, by: UserId, now: datetime) -> None:
    conversations.close(transaction, row.id, now)
    transaction.emit(moves.event(row, EventKind.CONVERSATION_CLOSED, by, now, reason="blocked"))


def _event(
    kind: EventKind,
    contact_id: ContactId,
    by: UserId,
    word: str,
    now: datetime,
    conversation_id: ConversationId | None = None,
    state: BlockState = BlockState.ASKED,
) -> Event:
    return Event(
        kind=kind,
        at=now,
        actor=by,
        conversation_id=conversation_id,
        contact_id=contact_id,
        reason=word,
        data={"state": state},
    )
