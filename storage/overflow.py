"""Steps of overflow as they are stored, with whether they are on: a new leader goes on from there."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from conversations.events import Event, EventKind
from conversations.ids import QueueId, StepId
from conversations.overflow import Remedy, Step, Trigger
from storage.database import Transaction
from storage.lookups import Lookup
from storage.tables import overflow_steps

SKILL_PATIENCE = 600
"""Seconds after which whoever asks for a skill gets whoever is there: a new queue has such a step."""

_LISTED = Lookup(select(overflow_steps).order_by(overflow_steps.c.id))


def listed(connection: Connection) -> list[Step]:
    """Every step, the oldest first."""
    return [_step(fields) for fields in _LISTED.named(connection)]


def get(connection: Connection, step_id: StepId) -> Step | None:
    """One step, or None."""
    return next((step for step in listed(connection) if step.id == step_id), None)


def save(transaction: Transaction, step: Step, now: datetime, actor: str) -> None:
    """Write a step, new or anew; whether it is on stays as it is."""
    values = _values(step)
    del values["on_since"]
    known = update(overflow_steps).where(overflow_steps.c.id == step.id).values(**values)
    if not transaction.connection.execute(known).rowcount:
        transaction.connection.execute(insert(overflow_steps).values(**values))
    _tell(transaction, step.id, now, actor, "overflow step saved")


def remove(transaction: Transaction, step_id: StepId, now: datetime, actor: str) -> None:
    """Take a step away; what it did ends."""
    transaction.connection.execute(delete(overflow_steps).where(overflow_steps.c.id == step_id))
    _tell(transaction, step_id, now, actor, "overflow step removed")


def add_usual(transaction: Transaction, queue_id: QueueId) -> None:
    """Let nobody wait for ever for a skill that nobody has."""
    step = Step(
        id=StepId(f"anybody-{queue_id}"),
        queue_id=queue_id,
        trigger=Trigger.WAITED,
        remedy=Remedy.ANYBODY,
        limit=SKILL_PATIENCE,
        release=SKILL_PATIENCE // 2,
    )
    transaction.connection.execute(insert(overflow_steps).values(**_values(step)))


def switch(transaction: Transaction, step: Step) -> bool:
    """Write whether a step is on; False when it is gone by now."""
    changed = update(overflow_steps).where(overflow_steps.c.id == step.id).values(on_since=step.on_since)
    return bool(transaction.connection.execute(changed).rowcount)


def are_on(steps: Iterable[Step], remedy: Remedy) -> list[Step]:
    """Those of one remedy that are on."""
    return [step for step in steps if step.remedy is remedy and step.on_since is not None]


def _step(fields: dict[str, Any]) -> Step:
    read = {"trigger": Trigger(fields["trigger"]), "remedy": Remedy(fields["remedy"])}
    return Step(**fields | read | {"helpers": frozenset(fields["helpers"])})


def _values(step: Step) -> dict[str, Any]:
    return asdict(step) | {"helpers": sorted(step.helpers)}


def _tell(transaction: Transaction, step_id: StepId, now: datetime, actor: str, reason: str) -> None:
    kind = EventKind.SETUP_CHANGED
    transaction.emit(Event(kind=kind, at=now, actor=actor, subject_id=step_id, reason=reason))
