"""One deadline: how it begins, stands still, goes on, fires and ends. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from conversations.conversation import Conversation
from conversations.deadlines import Deadline, DeadlineKind, Outcome
from conversations.ids import ConversationId, DeadlineId, PolicyId, new_id
from routing.clocks.calendars import NeverOpen
from routing.clocks.policies import WARNS_AT, Policy

ZERO = timedelta()

UNWARNED = frozenset((DeadlineKind.HOLD, DeadlineKind.HANDLING))
"""What is so short that its end is the first word of it."""

LONGEST_WARNING = timedelta(minutes=15)
"""How long before an agreed time people are warned at the earliest: earlier they would forget it again."""


def promised(
    kind: DeadlineKind, conversation_id: ConversationId, now: datetime, due_at: datetime, note: str = ""
) -> Deadline:
    """A promise that no policy makes, from now on until an instant; people are warned a quarter of an hour before."""
    limit = max(due_at - now, ZERO)
    return Deadline(
        id=DeadlineId(new_id()),
        conversation_id=conversation_id,
        kind=kind,
        policy_id=PolicyId(""),
        started_at=now,
        running_since=now,
        used=ZERO,
        limit=limit,
        warn_at=now + (limit if kind in UNWARNED else max(limit * WARNS_AT, limit - LONGEST_WARNING)),
        due_at=now + limit,
        note=note,
    )


def fired(deadline: Deadline, now: datetime) -> Deadline:
    """The deadline with its warning and its breach, as far as their time has come."""
    if deadline.ended_at is not None:
        return deadline
    if deadline.breached_at is None and deadline.due_at is not None and deadline.due_at <= now:
        return replace(deadline, breached_at=deadline.due_at, warned_at=deadline.warned_at or deadline.warn_at)
    if deadline.warned_at is None and deadline.warn_at is not None and deadline.warn_at <= now:
        return replace(deadline, warned_at=deadline.warn_at)
    return deadline


def dropped(deadline: Deadline, at: datetime) -> Deadline:
    """The deadline when nothing is expected any more."""
    return ended(deadline, at, Outcome.DROPPED)


def ended(deadline: Deadline, at: datetime, outcome: Outcome) -> Deadline:
    """The deadline when this became of it."""
    return replace(fired(deadline, at), ended_at=at, outcome=outcome)


def started(kind: DeadlineKind, since: datetime, conversation: Conversation, policy: Policy) -> Deadline:
    """What a policy promises since then."""
    deadline = Deadline(
        id=DeadlineId(new_id()),
        conversation_id=conversation.id,
        kind=kind,
        policy_id=policy.id,
        started_at=since,
        running_since=since,
        used=ZERO,
        limit=policy.limits[kind],
        account_id=conversation.account_id,
        queue_id=conversation.queue_id,
    )
    return _reckoned(deadline, policy)


def _reckoned(deadline: Deadline, policy: Policy) -> Deadline:
    """The deadline with the instants that follow from how it runs."""
    if deadline.running_since is None or deadline.breached_at is not None:
        return deadline
    return replace(
        deadline,
        warn_at=_when(deadline.running_since, deadline.limit * _warns_at(deadline.kind) - deadline.used, policy),
        due_at=_when(deadline.running_since, deadline.limit - deadline.used, policy),
    )


def _warns_at(kind: DeadlineKind) -> float:
    return 1.0 if kind in UNWARNED else WARNS_AT


def _when(since: datetime, time: timedelta, policy: Policy) -> datetime | None:
    try:
        return policy.reckon(since, time) if time > ZERO else since
    except NeverOpen:
        return None


def paused(deadline: Deadline, at: datetime, policy: Policy) -> Deadline:
    """The deadline standing still, if its policy lets it."""
    if not policy.pauses or deadline.running_since is None:
        return deadline
    stands = replace(deadline, used=_used(deadline, at, policy), running_since=None)
    return stands if stands.breached_at else replace(stands, warn_at=None, due_at=None)


def resumed(deadline: Deadline, at: datetime, policy: Policy) -> Deadline:
    """The deadline running again."""
    return deadline if deadline.running_since else _reckoned(replace(deadline, running_since=at), policy)


def under(deadline: Deadline, policy: Policy, at: datetime, before: Policy) -> Deadline:
    """The deadline under another policy; what has passed has passed."""
    if deadline.kind not in policy.limits:
        return dropped(deadline, at)
    moved = replace(
        fired(deadline, at),
        policy_id=policy.id,
        used=_used(deadline, at, before),
        running_since=at if deadline.running_since else None,
        limit=policy.limits[deadline.kind],
    )
    return _reckoned(moved, policy)


def _used(deadline: Deadline, at: datetime, policy: Policy) -> timedelta:
    since = deadline.running_since
    return deadline.used + (policy.measure(since, at) if since else ZERO)
