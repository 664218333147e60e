"""What supervisors do on the floor: set a colleague's state, and say where they work. Every act has its reason."""

from collections.abc import Callable, Iterable
from datetime import datetime

from conversations.clock import Clock
from conversations.events import Event, EventKind
from conversations.ids import QueueId, UserId
from conversations.people import AgentState, User
from conversations.states import SUPERVISED, why_not
from desk.errors import NotFound, Refused
from desk.reasons import demanded
from storage import alerts, breaks, handovers, people, queues, states
from storage.database import Database, Transaction


class Supervision:
    """Acts on colleagues. What they are and why is told to the event log, with who did it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def force_state(self, by: User, user_id: UserId, state: AgentState, reason: str) -> None:
        """Set a colleague's state. Raises `NotFound` and `Refused`."""

        def change(transaction: Transaction, colleague: User, now: datetime) -> None:
            if refusal := why_not(colleague.state, state, SUPERVISED):
                raise Refused(refusal)
            if state is AgentState.OFFLINE and handovers.offered_by(transaction.connection, user_id):
                raise Refused("They wait for their hand-over to be accepted. Let them go instead.")
            supervised = SUPERVISED if state is AgentState.BREAK else ""
            states.set_state(transaction, user_id, state, now, by.id, supervised, why=reason)
            states.follow_load(transaction, [user_id], now)

        await self._act(user_id, reason, change)

    async def move(self, by: User, user_id: UserId, wanted: Iterable[QueueId], reason: str) -> None:
        """Let a colleague work in these queues and no others. Raises `NotFound` and `Refused`."""
        chosen = frozenset(wanted)

        def change(transaction: Transaction, _: User, now: datetime) -> None:
            if chosen - {queue.id for queue in queues.listed(transaction.connection)}:
                raise NotFound("There is no such queue.")
            queues.set_queues_of(transaction, user_id, chosen, now, by.id, reason)

        await self._act(user_id, reason, change)

    async def permit_break(self, by: User, user_id: UserId, reason: str) -> None:
        """Let a colleague take one break soon, whatever the rules say. Raises `NotFound` and `Refused`."""

        def change(transaction: Transaction, _: User, now: datetime) -> None:
            breaks.permit(transaction, user_id, now, by.id, reason)
            event = Event(kind=EventKind.BREAK_PERMITTED, at=now, actor=by.id, subject_id=user_id, reason=reason)
            alerts.alert(transaction, [user_id], event)

        await self._act(user_id, reason, change)

    async def _act(self, user_id: UserId, reason: str, change: Callable[[Transaction, User, datetime], None]) -> None:
        demanded(reason)

        def act(transaction: Transaction) -> None:
            colleague = people.held(transaction, [user_id]).get(user_id)
            if colleague is None or not colleague.enabled:
                raise NotFound("This person does not exist.")
            change(transaction, colleague, self._clock())

        await self._database.write(act)
