"""What supervisors say is done about a queue while too many wait there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from conversations.clock import Clock
from conversations.ids import QueueId, StepId, UserId, new_id
from conversations.overflow import Remedy, Step
from conversations.people import User
from desk.errors import NotFound, Refused
from routing.rush.pressure import is_sound
from storage import overflow, queues
from storage.database import Connection, Database, Transaction

MOST = 86_400
"""Seconds or customers; beyond that is a slip of the pen."""

LONGEST_TEXT = 1_000


class Overflow:
    """The steps of queues. Each that is saved or removed is told to the event log, with who did it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def save(self, by: User, step: Step) -> None:
        """Do this from now on; a step that is on goes on until it is over by its new figures. Raises `Refused`."""
        await self._database.write(_save, step, self._clock(), by.id)

    async def remove(self, by: User, step_id: StepId) -> None:
        """Do it no longer."""
        await self._database.write(overflow.remove, step_id, self._clock(), by.id)

    async def replace(self, by: User, queue_id: QueueId, wanted: Sequence[Step]) -> None:
        """Do these about a queue and nothing else; one without an `id` is new. Raises `NotFound` and `Refused`."""
        await self._database.write(_replace, queue_id, wanted, self._clock(), by.id)


def _save(transaction: Transaction, step: Step, now: datetime, by: UserId) -> None:
    if problem := _problem(transaction.connection, step):
        raise Refused(problem)
    overflow.save(transaction, step, now, by)


def _replace(transaction: Transaction, queue_id: QueueId, wanted: Sequence[Step], now: datetime, by: UserId) -> None:
    if not queues.hold(transaction, [queue_id]):
        raise NotFound("There is no such queue.")
    before = {step.id: step for step in overflow.listed(transaction.connection) if step.queue_id == queue_id}
    named = [step.id for step in wanted if step.id]
    if not before.keys() >= set(named):
        raise NotFound("This step is gone.")
    if len(set(named)) < len(named):
        raise Refused("Each step stands once in the list.")
    for step_id in sorted(before.keys() - named):
        overflow.remove(transaction, step_id, now, by)
    for step in wanted:
        if not _is_so(step, before.get(step.id)):
            _save(transaction, replace(step, id=step.id or StepId(new_id())), now, by)


def _is_so(step: Step, before: Step | None) -> bool:
    return before is not None and replace(step, on_since=before.on_since) == before


def _problem(connection: Connection, step: Step) -> str:
    known = {queue.id for queue in queues.listed(connection)}
    if step.queue_id not in known:
        return "There is no such queue."
    if not all(0 <= number <= MOST for number in (step.limit, step.release, step.within)):
        return "Limits are whole numbers up to 86400."
    if not is_sound(step):
        return "A step ends where the pressure has fallen below its limit; percent go up to 100."
    if step.remedy is Remedy.WIDEN and not (step.helpers <= known and step.helpers - {step.queue_id}):
        return "Choose whose members help."
    if step.remedy is Remedy.TELL and not step.texts:
        return "Write what those who wait are told."
    if any(len(text) > LONGEST_TEXT for text in step.texts.values()):
        return "What they are told has at most 1000 characters."
    return ""
