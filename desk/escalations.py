"""Escalations (上报): what is beyond one's authority goes up with the whole background, and its owner follows it."""

from dataclasses import dataclass, replace
from datetime import datetime

from conversations.clock import Clock
from conversations.conversation import Conversation
from conversations.deadlines import DeadlineKind
from conversations.events import Event, EventKind
from conversations.ids import ConversationId, QueueId, UserId
from conversations.people import Role, User, scope_of
from desk import moves
from desk.errors import Refused
from desk.promises import check_time
from routing.clocks import promises
from storage import alerts, conversations, people
from storage.database import Database, Transaction
from templates.renderer import render_shipped


@dataclass(frozen=True, kw_only=True)
class Background:
    """What whoever gets it must know: what it is about, what was tried, and what the customer wants."""

    summary: str
    tried: str
    wants: str


@dataclass(frozen=True, kw_only=True)
class Above:
    """Where it goes: to one who leads agents, or to a queue. Exactly one of them."""

    user_id: UserId | None = None
    queue_id: QueueId | None = None


class Escalations:
    """Hands conversations up. The first responsible agent keeps them in their list until they are settled."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def escalate(
        self, user: User, conversation_id: ConversationId, background: Background, above: Above, due_at: datetime
    ) -> None:
        """Hand it up, to be settled by `due_at`. Raises `Refused` and `NotFound`."""
        if not all(vars(background).values()):
            raise Refused("Say what it is about, what was tried, and what the customer wants.")
        now = self._clock()
        check_time(due_at, now)
        await self._database.write(_escalate, user, conversation_id, background, above, due_at, now)


def _escalate(
    transaction: Transaction,
    user: User,
    conversation_id: ConversationId,
    background: Background,
    above: Above,
    due_at: datetime,
    now: datetime,
) -> None:
    found = moves.held_for(transaction, conversation_id, scope_of(user))
    moves.must_be_open(found)
    held = _followed(transaction, found, user, now)
    told = _told(transaction, above)
    note = render_shipped("escalation/note.txt", user.language, vars(background))
    moves.note(transaction, held, user.id, note, f"escalation-{held.id}-{now.timestamp()}", now)
    promises.promise(transaction, held, DeadlineKind.ESCALATION, due_at, now, actor=user.id, reason=background.summary)
    alerts.alert(transaction, told, _event(held, user, background, due_at, now))
    _hand_up(transaction, held, user, above, now, background.summary)


def _followed(transaction: Transaction, found: Conversation, user: User, now: datetime) -> Conversation:
    """It stays with whoever is first responsible, and that is at the latest who hands it up."""
    held = replace(found, owner_id=found.owner_id or user.id, escalated_at=now)
    values = {"owner_id": held.owner_id, "escalated_at": now}
    conversations.change(transaction, held.id, values)
    return held


def _told(transaction: Transaction, above: Above) -> list[UserId]:
    """Who has to know at once. Raises `Refused`."""
    if bool(above.user_id) is bool(above.queue_id):
        raise Refused("Escalate to a supervisor or to a queue.")
    if above.queue_id is not None:
        return people.leaders_of(transaction.connection, {above.queue_id})
    leader = people.get(transaction.connection, above.user_id) if above.user_id else None
    if leader is None or leader.role is Role.AGENT:
        raise Refused("Escalate to a supervisor or to a queue.")
    return [leader.id]


def _hand_up(
    transaction: Transaction, held: Conversation, user: User, above: Above, now: datetime, reason: str
) -> None:
    if above.user_id:
        moves.hand(transaction, held, user.id, above.user_id, now, reason)
    else:
        moves.give_to_queue(transaction, held, user.id, above.queue_id, now, reason)


def _event(held: Conversation, user: User, background: Background, due_at: datetime, now: datetime) -> Event:
    data = {**vars(background), "due_at": due_at, "name": user.name, "preview": background.summary}
    return moves.event(held, EventKind.CONVERSATION_ESCALATED, user.id, now, reason=background.summary, data=data)
