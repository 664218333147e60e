"""What supervisors do on the floor: set a colleague's state, and say where they work. Every act has its reason."""

from collections.abc import Callable, Iterable
from datetime import datetime

from conversations.clock import Clock
from conversations.ids import QueueId, UserId
from conversations.people import AgentState, User
from desk.errors import NotFound, Refused
from storage import people, queues
from storage.database import Database, Transaction


class Supervision:
    """Acts on colleagues. What they are and why is told to the event log, with who did it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def force_state(self, by: User, user_id: UserId, state: AgentState, reason: str) -> None:
        """Set a colleague's state. Raises `NotFound` and `Refused`."""
        await self._act(user_id, reason, lambda tx, now: people.set_state(tx, user_id, state, now, by.id, reason))

    async def move(self, by: User, user_id: UserId, wanted: Iterable[QueueId], reason: str) -> None:
        """Let a colleague work in these queues and no others. Raises `NotFound` and `Refused`."""
        chosen = frozenset(wanted)

        def change(transaction: Transaction, now: datetime) -> None:
            if chosen - {queue.id for queue in queues.listed(transaction.connection)}:
                raise NotFound("There is no such queue.")
            queues.set_queues_of(transaction, user_id, chosen, now, by.id, reason)

        await self._act(user_id, reason, change)

    async def _act(self, user_id: UserId, reason: str, change: Callable[[Transaction, datetime], None]) -> None:
        if not reason:
            raise Refused("Say why; it is kept with your name.")

        def act(transaction: Transaction) -> None:
            held = people.get(transaction.connection, user_id)
            if held is None or not held.enabled:
                raise NotFound("This person does not exist.")
            change(transaction, self._clock())

        await self._database.write(act)
