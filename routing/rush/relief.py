"""Relief of queues under pressure: what there is to do about them now, and doing it.

What is found is looked at again in the transaction that changes it, which holds the router's lease.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.events import Event, EventKind
from conversations.ids import ConversationId, MergeId, QueueId, UserId
from conversations.overflow import Remedy, Step, Trigger
from conversations.reasons import Reason, to_translate
from routing.rush.pressure import LEVEL_OVER, Pressure, after, concerned_since, why
from routing.rush.reach import present, reach_of
from routing.team import PRESENCE
from routing.writing import LEASE, Say
from storage import alerts, conversations, emergency, leases, merges, overflow, people, pressure, queues
from storage.database import Connection, Transaction


@dataclass(frozen=True)
class Switch:
    """A step begins or ends: how it is then, and why."""

    step: Step
    reason: Reason


@dataclass(frozen=True)
class Hearers:
    """Conversations in which something has to be said, and what: `notice` is its name."""

    notice: str
    texts: Mapping[str, str]
    ids: Sequence[ConversationId]


def part(transaction: Transaction, fence: int, over: Iterable[MergeId], now: datetime) -> None:
    """End the merges whose time is over. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    for merge_id in over:
        merges.end(transaction, merge_id, now, LEASE, Reason("its time is over"))


def switches(connection: Connection, now: datetime) -> list[Switch]:
    """The steps that begin or end by the pressure there is now."""
    steps = overflow.listed(connection)
    pressures = measure(connection, steps, now)
    turned = [(after(step, pressures[step.queue_id], now), step) for step in steps]
    names = {queue.id: queue.name for queue in queues.listed(connection)}
    return [Switch(new, why(new, pressures[new.queue_id], names[new.queue_id])) for new, old in turned if new != old]


def measure(connection: Connection, steps: Iterable[Step], now: datetime) -> dict[QueueId, Pressure]:
    """The pressure on the queues of these steps. Helpers of an overflow are not counted: with them it would end."""
    queued = pressure.waiting(connection)
    staffed = present(connection, now - PRESENCE, reach_of(merges.together(connection)))
    levels = {
        within: pressure.service_levels(connection, now - LEVEL_OVER, now, within)
        for within in {step.within for step in steps if step.trigger is Trigger.LEVEL}
    }
    return {
        queue_id: Pressure(
            waiting=queued[queue_id].number if queue_id in queued else 0,
            longest=now - queued[queue_id].since if queue_id in queued else timedelta(),
            is_staffed=queue_id in staffed,
            levels={within: found[queue_id] for within, found in levels.items() if queue_id in found},
        )
        for queue_id in {step.queue_id for step in steps}
    }


def turn(transaction: Transaction, fence: int, found: Iterable[Switch], now: datetime) -> None:
    """Begin and end steps, and say why. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    for each in found:
        if overflow.switch(transaction, each.step):
            alerts.alert(transaction, _notified(transaction.connection, each.step), _event(each, now))


def stuck(connection: Connection, now: datetime) -> list[ConversationId]:
    """Who waits for a skill although anybody should serve them by now."""
    steps = overflow.are_on(overflow.listed(connection), Remedy.ANYBODY)
    return [each for step in steps for each in pressure.asking(connection, step.queue_id, concerned_since(step, now))]


def unheard(connection: Connection, now: datetime) -> list[Hearers]:
    """Who has to be told something that they were not told yet."""
    steps = overflow.are_on(overflow.listed(connection), Remedy.TELL)
    found = [
        Hearers(step.id, step.texts, pressure.untold(connection, step.id, step.queue_id, concerned_since(step, now)))
        for step in steps
    ]
    if (on := emergency.current(connection)) is not None:
        found.append(Hearers(on.id, on.texts, pressure.unheard(connection, on.id)))
    return [each for each in found if each.ids]


def tell(transaction: Transaction, fence: int, found: Iterable[Hearers], now: datetime, say: Say) -> None:
    """Tell them. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    for each in found:
        held = conversations.hold(transaction, each.ids)
        pressure.note_told(transaction, each.notice, held)
        for conversation in held.values():
            say(transaction, conversation, each.texts, f"notice-{each.notice}", now)


def _notified(connection: Connection, step: Step) -> Sequence[UserId]:
    rings = step.remedy is Remedy.ALERT and step.on_since
    return people.leaders_of(connection, {step.queue_id}) if rings else []


def _event(switch: Switch, now: datetime) -> Event:
    step = switch.step
    return Event(
        kind=EventKind.OVERFLOW_BEGAN if step.on_since else EventKind.OVERFLOW_ENDED,
        at=now,
        actor=LEASE,
        subject_id=step.id,
        reason=switch.reason,
        data={
            "queue_id": step.queue_id,
            "trigger": step.trigger,
            "remedy": step.remedy,
            "helpers": sorted(step.helpers),
        }
        | to_translate(switch.reason),
    )
