"""What agents do on a conversation: reply, note, take, release, transfer, resolve, reopen, retry."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TypeVar

from channels.contract import Channel
from conversations.clock import Clock
from conversations.conversation import PREVIEW_LENGTH, Conversation, ConversationState
from conversations.errors import NotSendable
from conversations.events import EventKind
from conversations.ids import AccountId, ConversationId, DeliveryId, QueueId, UserId
from conversations.message import RETRIABLE, AuthorKind, Delivery, DeliveryState, Direction, Message
from conversations.parts import Part, Template, plain_text
from conversations.people import Role, User, scope_of
from desk import blocking, moves
from desk.errors import NotFound, Refused
from exchange import outbox, permits, receipts
from exchange.accounts import AccountBook
from exchange.outbox import Draft
from storage import conversations, deliveries, faults, holdings, messages, windows, wrap_up
from storage.database import Database, Transaction

T = TypeVar("T")

NO_ACCOUNT = "The account of this conversation is gone or not usable; ask an administrator."

Resolved = Callable[[Transaction, Conversation, UserId, datetime], None]
"""What else happens in the transaction that resolves a conversation: the survey is written down, for one."""


class Desk:
    """Every action checks the person's scope, holds the conversation, and tells its reason to the story."""

    def __init__(self, database: Database, accounts: AccountBook, clock: Clock, *on_resolved: Resolved) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._on_resolved = on_resolved

    async def reply(
        self, user: User, conversation_id: ConversationId, parts: tuple[Part, ...], key: str, trace: str = ""
    ) -> Message:
        """Answer on the channel the customer used last. The same `key` again says nothing twice.

        Raises `Refused` when the channel cannot carry this, before anything is stored.
        """
        conversation = await self._seen(user, conversation_id)
        channel = self._channel(conversation.account_id)
        planned = _plan(channel, parts)
        own_key, now = f"{conversation_id}/{key}", self._clock()

        def change(transaction: Transaction) -> Message:
            held = moves.held_for(transaction, conversation_id, scope_of(user))
            known = messages.in_conversation(transaction.connection, held.id, Direction.OUTBOUND, own_key)
            if known is not None:
                return known
            moves.must_be_open(held)
            if channel.capabilities.windows:
                _must_be_allowed(transaction, conversation, planned, now)
            draft = Draft(
                parts=parts,
                planned=planned,
                account_id=conversation.account_id,
                address=conversation.address,
                author=AuthorKind.AGENT,
                author_id=user.id,
                key=own_key,
            )
            message = outbox.post(transaction, held, draft, now, trace)
            _answered(transaction, held, user, plain_text(parts), now)
            return message

        return await self._database.write(change)

    async def note(self, user: User, conversation_id: ConversationId, text: str, key: str) -> Message:
        """Write a note for colleagues; a supervisor whispers it to whose conversation it is. No customer sees it."""
        own_key, now = f"{conversation_id}/{key}", self._clock()

        def change(transaction: Transaction) -> Message:
            held = moves.held_for(transaction, conversation_id, scope_of(user))
            return moves.note(transaction, held, user.id, text, own_key, now, _voice(user, held))

        return await self._database.write(change)

    async def take(self, user: User, conversation_id: ConversationId) -> None:
        """Make it mine."""
        await self._act(
            user, conversation_id, lambda tx, held, now: moves.hand(tx, held, user.id, user.id, now, "taken")
        )

    async def release(self, user: User, conversation_id: ConversationId) -> None:
        """Give it back to its queue."""
        await self._act(
            user, conversation_id, lambda tx, held, now: moves.give_to_queue(tx, held, user.id, None, now, "released")
        )

    async def transfer_to_queue(
        self, user: User, conversation_id: ConversationId, queue_id: QueueId, reason: str
    ) -> None:
        """Hand it to another queue, with the reason for whoever gets it."""
        await self._act(
            user, conversation_id, lambda tx, held, now: moves.give_to_queue(tx, held, user.id, queue_id, now, reason)
        )

    async def transfer_to_agent(
        self, user: User, conversation_id: ConversationId, agent_id: UserId, reason: str
    ) -> None:
        """Hand it to a colleague, with the reason."""
        await self._act(
            user, conversation_id, lambda tx, held, now: moves.hand(tx, held, user.id, agent_id, now, reason)
        )

    async def clear(
        self,
        user: User,
        agent_id: UserId,
        reason: str,
        *,
        only: Collection[ConversationId] | None = None,
        queue_id: QueueId | None = None,
        to: UserId | None = None,
    ) -> int:
        """Take everything, or `only` some, from an agent: to a queue, to a colleague, or back where each came from.

        Returns how many conversations moved; what the agent has no longer stays where it is.
        """

        def change(transaction: Transaction) -> int:
            now = self._clock()
            held = holdings.held_by(transaction, agent_id)
            chosen = [each for each in held if only is None or each.id in only]
            for conversation in chosen:
                if to:
                    moves.hand(transaction, conversation, user.id, to, now, reason)
                else:
                    moves.give_to_queue(transaction, conversation, user.id, queue_id, now, reason)
            return len(chosen)

        return await self._database.write(change)

    async def resolve(self, user: User, conversation_id: ConversationId, reason: str = "") -> None:
        """Say that the matter is settled. The customer's last word must be answered, unless a reason is given."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            moves.must_be_open(held)
            if held.unanswered_since is not None and not reason:
                raise Refused("The customer's last message is not answered. Answer it, or say why not.")
            values = {
                "state": ConversationState.RESOLVED,
                "resolved_at": now,
                "resolved_by": held.assignee_id or user.id,
                "changed_at": now,
                "assignee_id": None,
                "unanswered_since": None,
                "told_at": None,
                "wish": "",
            }
            conversations.change(transaction, held.id, values)
            moves.follow_load(transaction, now, held.assignee_id, held.offered_to)
            transaction.emit(moves.event(held, EventKind.CONVERSATION_RESOLVED, user.id, now, reason=reason))
            wrap_up.begin(transaction, held, user.id, now)
            faults.settle_all(transaction, held.id, user.id, now)
            for follow in self._on_resolved:
                follow(transaction, held, held.assignee_id or user.id, now)
            blocking.end_for_good(transaction, held, now)

        await self._act(user, conversation_id, change)

    async def reopen(self, user: User, conversation_id: ConversationId) -> None:
        """Take up a resolved matter again."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            if held.state is not ConversationState.RESOLVED:
                raise Refused("Only a resolved conversation can be reopened.")
            moves.assign(transaction, held, user.id, user.id, now, "reopened")
            transaction.emit(moves.event(held, EventKind.CONVERSATION_REOPENED, user.id, now))

        await self._act(user, conversation_id, change)

    async def retry(self, user: User, delivery_id: DeliveryId) -> None:
        """Try a failed or doubtful part again. The provider is really called again."""
        now = self._clock()

        def change(transaction: Transaction) -> None:
            row = deliveries.hold(transaction, [delivery_id]).get(delivery_id)
            if row is None:
                raise NotFound
            moves.held_for(transaction, row.conversation_id, scope_of(user))
            if row.state not in RETRIABLE:
                raise Refused("This part is on its way or has arrived; there is nothing to try again.")
            _try_again(transaction, row, user, now)

        await self._database.write(change)

    async def _act(self, user: User, conversation_id: ConversationId, change: moves.Change) -> None:
        await self._database.write(moves.act, user, conversation_id, change, self._clock())

    async def _seen(self, user: User, conversation_id: ConversationId) -> Conversation:
        found = await self._database.read(conversations.get, conversation_id, scope_of(user))
        if found is None:
            raise NotFound
        return found

    def _channel(self, account_id: AccountId) -> Channel:
        endpoint = self._accounts.get(account_id)
        if endpoint is None:
            raise Refused(NO_ACCOUNT)
        return endpoint.channel


def _voice(user: User, held: Conversation) -> AuthorKind:
    """As whom somebody writes a note."""
    whispers = user.role is not Role.AGENT and held.assignee_id not in (None, user.id)
    return AuthorKind.SUPERVISOR if whispers else AuthorKind.AGENT


def _plan(channel: Channel, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    try:
        return channel.plan(parts)
    except NotSendable as error:
        raise Refused(str(error)) from error


def _must_be_allowed(
    transaction: Transaction, conversation: Conversation, planned: tuple[Part, ...], now: datetime
) -> None:
    """Say now what would fail in a moment: the agent is still there to choose another way."""
    if all(isinstance(part, Template) for part in planned):
        return
    if not windows.now_open(transaction.connection, conversation.account_id, conversation.address, now):
        raise Refused(permits.NO_WINDOW)


def _answered(transaction: Transaction, held: Conversation, user: User, words: str, now: datetime) -> None:
    """An answer makes the answering agent the assignee of what nobody had, and the first one its owner."""
    if held.assignee_id is None:
        moves.assign(transaction, held, user.id, user.id, now, "answered")
    conversations.change(
        transaction,
        held.id,
        {
            "state": ConversationState.WAITING,
            "changed_at": now,
            "last_message_at": now,
            "unanswered_since": None,
            "wish": "",
            "preview": words[:PREVIEW_LENGTH],
        },
    )


def _try_again(transaction: Transaction, row: Delivery, user: User, now: datetime) -> None:
    values = {
        "state": DeliveryState.PENDING,
        "attempt": row.attempt + 1,
        # The name was that of the attempt before: what is still told of it does not concern this one.
        "external_id": "",
        "spent": "",
        "due_at": now,
        "changed_at": now,
    }
    deliveries.change(transaction, row.id, values)
    receipts.refold(transaction, row)
    receipts.tell(transaction, row, DeliveryState.PENDING, now, user.id, "tried again by hand")
