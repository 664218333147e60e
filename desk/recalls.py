"""Asking people on a break to come back, and their answers."""

from datetime import datetime

from conversations.clock import Clock
from conversations.ids import QueueId, RecallId, UserId, new_id
from conversations.people import AgentState, User
from conversations.recalls import Recall, is_open, may_be_asked
from desk.errors import NotFound, Refused
from desk.presence import choose
from desk.reasons import demanded
from storage import people, queues, recalls, shifts
from storage.database import Connection, Database, Transaction


class Recalls:
    """Who is asked, and who comes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ask(self, by: User, queue_id: QueueId, reason: str) -> list[Recall]:
        """Ask everybody of a queue whose break may be interrupted. Raises `NotFound` and `Refused`."""
        demanded(reason)
        return await self._database.write(_ask, by.id, queue_id, reason, self._clock())

    async def answer(self, user: User, recall_id: RecallId, comes: bool) -> None:
        """Say whether one comes back; who does is ready. Raises `Refused`."""
        await self._database.write(_answer, user.id, recall_id, comes, self._clock())


def waiting_for(connection: Connection, user: User) -> Recall | None:
    """What somebody on a break is asked now."""
    found = [each for each in recalls.unanswered(connection, [user.id]) if is_open(each, user)]
    return found[0] if found else None


def _ask(transaction: Transaction, by: UserId, queue_id: QueueId, reason: str, now: datetime) -> list[Recall]:
    connection = transaction.connection
    queue = next((each for each in queues.listed(connection) if each.id == queue_id), None)
    if queue is None:
        raise NotFound("There is no such queue.")
    rules, members = shifts.rules(connection), people.many(connection, queue.members)
    asked = [
        Recall(id=RecallId(new_id()), queue_id=queue_id, user_id=user.id, asked_by=by, asked_at=now, reason=reason)
        for user in members.values()
        if may_be_asked(user, shifts.at(connection, user.id, now), rules, now) and waiting_for(connection, user) is None
    ]
    if not asked:
        raise Refused("Nobody of this queue is on a break that may be interrupted.")
    recalls.ask(transaction, asked)
    return asked


def _answer(transaction: Transaction, user_id: UserId, recall_id: RecallId, comes: bool, now: datetime) -> None:
    user = people.held(transaction, [user_id])[user_id]
    if not recalls.answer(transaction, recall_id, user_id, comes, now):
        raise Refused("This was answered already.")
    if comes and user.state is AgentState.BREAK:
        choose(transaction, user_id, AgentState.READY, "", now)
