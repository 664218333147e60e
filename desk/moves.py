"""Moving conversations: what every act of a person on one is made of, inside the transaction of the act."""

from collections.abc import Callable, Mapping
from datetime import datetime

from conversations.conversation import OPEN, Conversation, ConversationState
from conversations.events import Event, EventKind
from conversations.ids import ConversationId, MessageId, QueueId, UserId, new_id
from conversations.message import AuthorKind, Direction, Message
from conversations.parts import Text
from conversations.people import Scope, User, scope_of
from desk.errors import NotFound, Refused
from storage import conversations, messages, people, queues, states
from storage.database import Transaction

Change = Callable[[Transaction, Conversation, datetime], None]
"""What somebody does to a conversation that is held for them."""


def act(transaction: Transaction, user: User, conversation_id: ConversationId, change: Change, now: datetime) -> None:
    """Do it to a conversation that this person sees. Raises `NotFound`, and what `change` raises."""
    change(transaction, held_for(transaction, conversation_id, scope_of(user)), now)


def act_on_open(
    transaction: Transaction, user: User, conversation_id: ConversationId, change: Change, now: datetime
) -> None:
    """The same to one that is not settled. Raises `Refused` for others."""
    held = held_for(transaction, conversation_id, scope_of(user))
    must_be_open(held)
    change(transaction, held, now)


def held_for(transaction: Transaction, conversation_id: ConversationId, scope: Scope) -> Conversation:
    """A conversation that this scope sees, held until the commit. Raises `NotFound`."""
    held = conversations.lock(transaction, conversation_id)
    if held is None or not scope.sees(held):
        raise NotFound
    return held


def must_be_open(conversation: Conversation) -> None:
    """Raises `Refused` for what is settled."""
    if conversation.state not in OPEN:
        raise Refused("This conversation is resolved. Reopen it first.")


def hand(
    transaction: Transaction, held: Conversation, by: UserId, agent_id: UserId, now: datetime, reason: str
) -> None:
    """Give an open conversation to an agent. Raises `Refused` and `NotFound`."""
    must_be_open(held)
    assign(transaction, held, by, agent_id, now, reason)


def assign(
    transaction: Transaction, held: Conversation, by: UserId, agent_id: UserId, now: datetime, reason: str
) -> None:
    """Give a conversation to an agent, whatever its state; its owner stays. Raises `NotFound`."""
    agent = people.get(transaction.connection, agent_id)
    if agent is None or not agent.enabled:
        raise NotFound
    values = {
        "state": ConversationState.ASSIGNED,
        "assignee_id": agent_id,
        "owner_id": held.owner_id or agent_id,
        "changed_at": now,
        "resolved_at": None,
    }
    conversations.change(transaction, held.id, values)
    follow_load(transaction, now, held.assignee_id, held.offered_to, agent_id)
    data = {"queue_id": held.queue_id, "assignee_id": agent_id}
    transaction.emit(
        event(held, EventKind.CONVERSATION_ASSIGNED, by, now, reason=reason, subject_id=agent_id, data=data)
    )


def give_to_queue(
    transaction: Transaction,
    held: Conversation,
    by: UserId,
    queue_id: QueueId | None,
    now: datetime,
    reason: str,
) -> None:
    """Put a conversation into a queue, or without one back where it came from. Raises `Refused` and `NotFound`."""
    must_be_open(held)
    if queue_id and queue_id not in [queue.id for queue in queues.listed(transaction.connection)]:
        raise NotFound
    to_queue = queue_id or held.queue_id
    state = ConversationState.QUEUED if to_queue else ConversationState.NEW
    values: dict[str, object] = {"state": state, "queue_id": to_queue, "assignee_id": None, "changed_at": now}
    if to_queue != held.queue_id:
        # It was asked for in the other queue; here perhaps nobody has it.
        values |= {"skill": "", "skill_level": 0}
    conversations.change(transaction, held.id, values)
    follow_load(transaction, now, held.assignee_id, held.offered_to)
    data = {"queue_id": to_queue, "assignee_id": None}
    transaction.emit(event(held, EventKind.CONVERSATION_QUEUED, by, now, reason=reason, subject_id=to_queue, data=data))


def follow_load(transaction: Transaction, now: datetime, *agents: UserId | None) -> None:
    """Who had it and who has it may have become busy, or have room again."""
    states.follow_load(transaction, [agent for agent in agents if agent is not None], now)


def note(
    transaction: Transaction,
    held: Conversation,
    by: UserId,
    text: str,
    key: str,
    now: datetime,
    author: AuthorKind = AuthorKind.AGENT,
) -> Message:
    """Write a note for colleagues; the same `key` again writes nothing twice."""
    known = messages.in_conversation(transaction.connection, held.id, Direction.NOTE, key)
    if known is not None:
        return known
    note = Message(
        id=MessageId(new_id()),
        conversation_id=held.id,
        contact_id=held.contact_id,
        account_id=held.account_id,
        address=held.address,
        direction=Direction.NOTE,
        author=author,
        author_id=by,
        parts=(Text(text),),
        key=key,
        occurred_at=now,
        received_at=now,
    )
    messages.add(transaction, [note])
    transaction.emit(event(held, EventKind.NOTE_ADDED, by, now, message_id=note.id))
    return note


def event(
    conversation: Conversation,
    kind: EventKind,
    actor: str,
    now: datetime,
    *,
    reason: str = "",
    message_id: MessageId | None = None,
    subject_id: str | None = None,
    data: Mapping[str, object] | None = None,
) -> Event:
    """What somebody did on a conversation, for the story."""
    return Event(
        kind=kind,
        at=now,
        actor=actor,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        message_id=message_id,
        subject_id=subject_id,
        reason=reason,
        data=data or {},
    )
