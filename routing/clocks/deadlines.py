"""Deadlines of one conversation: what happened goes in, deadlines as they are then come out. Pure.

Replaying the same happenings gives the same deadlines, but for their ids.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Self

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


class Happening(Enum):
    """What moves deadlines."""

    PLACED = auto()
    QUEUED = auto()
    ASSIGNED = auto()
    CUSTOMER_SAID = auto()
    AGENT_SAID = auto()
    RESOLVED = auto()
    CLOSED = auto()


@dataclass
class Book:
    """All deadlines of one conversation by id, while what happened to it is entered."""

    deadlines: dict[DeadlineId, Deadline]

    @classmethod
    def of(cls, deadlines: Iterable[Deadline]) -> Self:
        """The book of these."""
        return cls({each.id: each for each in deadlines})

    def running(self) -> list[Deadline]:
        """What is not ended: at most one of each kind and about each thing."""
        return [each for each in self.deadlines.values() if each.ended_at is None]

    def runs(self, kind: DeadlineKind) -> bool:
        """Whether one of this kind is not ended."""
        return any(each.kind is kind for each in self.running())

    def has_ended(self, kind: DeadlineKind) -> bool:
        """Whether one of this kind was there before."""
        return any(each.kind is kind and each.ended_at is not None for each in self.deadlines.values())

    def put(self, deadline: Deadline) -> None:
        """Enter a deadline as it is now."""
        self.deadlines[deadline.id] = deadline


@dataclass(frozen=True)
class PolicyChoice:
    """The policy that holds for a conversation now, and all there are."""

    chosen: Policy | None
    known: Mapping[PolicyId, Policy]


def enter(book: Book, happening: Happening, at: datetime, conversation: Conversation, policies: PolicyChoice) -> None:
    """Enter what happened to a conversation, of which the row is known as it became later."""
    for deadline in book.running():
        before = policies.known.get(deadline.policy_id)
        if not deadline.policy_id:
            book.put(_kept(deadline, happening, at))
        else:
            book.put(_moved(deadline, happening, at, before) if before else dropped(deadline, at))
    policy = policies.chosen
    if policy is None or happening in (Happening.RESOLVED, Happening.CLOSED):
        return
    for deadline in book.running():
        if deadline.policy_id not in ("", policy.id):
            book.put(_under(deadline, policy, at, policies.known[deadline.policy_id]))
    for kind, start in _STARTS.items():
        is_wanted = kind in policy.limits and not book.runs(kind)
        since = start(book, happening, at, conversation, policy) if is_wanted else None
        if since is not None:
            book.put(_started(kind, since, conversation, policy))


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


def _started(kind: DeadlineKind, since: datetime, conversation: Conversation, policy: Policy) -> Deadline:
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


def _kept(deadline: Deadline, happening: Happening, at: datetime) -> Deadline:
    """A promise that no policy made: whoever settles the matter has kept it."""
    outcome = _KEPT.get((deadline.kind, happening)) or _SETTLED.get(happening) if at >= deadline.started_at else None
    return deadline if outcome is None else ended(deadline, at, outcome)


_KEPT = {
    (DeadlineKind.CALLBACK, Happening.AGENT_SAID): Outcome.MET,
    (DeadlineKind.HOLD, Happening.AGENT_SAID): Outcome.MET,
    (DeadlineKind.HOLD, Happening.QUEUED): Outcome.DROPPED,
}
"""A customer who asked to be called back is content with any word after that; on hold is who waits for one agent."""

_SETTLED = {Happening.RESOLVED: Outcome.MET, Happening.CLOSED: Outcome.DROPPED}


def _moved(deadline: Deadline, happening: Happening, at: datetime, policy: Policy) -> Deadline:
    move = _MOVES.get((deadline.kind, happening))
    return deadline if move is None else move(fired(deadline, at), at, policy)


def _meet(deadline: Deadline, at: datetime, policy: Policy) -> Deadline:
    return ended(deadline, at, Outcome.MET)


def _drop(deadline: Deadline, at: datetime, policy: Policy) -> Deadline:
    return dropped(deadline, at)


def _pause(deadline: Deadline, at: datetime, policy: Policy) -> Deadline:
    if not policy.pauses or deadline.running_since is None:
        return deadline
    stands = replace(deadline, used=_used(deadline, at, policy), running_since=None)
    return stands if stands.breached_at else replace(stands, warn_at=None, due_at=None)


def _resume(deadline: Deadline, at: datetime, policy: Policy) -> Deadline:
    return deadline if deadline.running_since else _reckoned(replace(deadline, running_since=at), policy)


def _under(deadline: Deadline, policy: Policy, at: datetime, before: Policy) -> Deadline:
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


Move = Callable[[Deadline, datetime, Policy], Deadline]

_MOVES: Mapping[tuple[DeadlineKind, Happening], Move] = {
    (DeadlineKind.FIRST_REPLY, Happening.AGENT_SAID): _meet,
    (DeadlineKind.FIRST_REPLY, Happening.RESOLVED): _drop,
    (DeadlineKind.FIRST_REPLY, Happening.CLOSED): _drop,
    (DeadlineKind.NEXT_REPLY, Happening.AGENT_SAID): _meet,
    (DeadlineKind.NEXT_REPLY, Happening.RESOLVED): _drop,
    (DeadlineKind.NEXT_REPLY, Happening.CLOSED): _drop,
    (DeadlineKind.RESOLUTION, Happening.AGENT_SAID): _pause,
    (DeadlineKind.RESOLUTION, Happening.CUSTOMER_SAID): _resume,
    (DeadlineKind.RESOLUTION, Happening.RESOLVED): _meet,
    (DeadlineKind.RESOLUTION, Happening.CLOSED): _drop,
    (DeadlineKind.HANDLING, Happening.ASSIGNED): _drop,
    (DeadlineKind.HANDLING, Happening.QUEUED): _drop,
    (DeadlineKind.HANDLING, Happening.RESOLVED): _meet,
    (DeadlineKind.HANDLING, Happening.CLOSED): _drop,
}


def _first_reply(
    book: Book, happening: Happening, at: datetime, conversation: Conversation, policy: Policy
) -> datetime | None:
    """Once, and not for those who wrote before anything was promised."""
    if not _awaits_first_reply(book, conversation, policy) or happening is Happening.AGENT_SAID:
        return None
    if policy.from_assignment:
        return at if happening is Happening.ASSIGNED else None
    return conversation.opened_at


def _next_reply(
    book: Book, happening: Happening, at: datetime, conversation: Conversation, policy: Policy
) -> datetime | None:
    """With the customer's oldest word that is not answered, once there was a first reply, if one is promised."""
    if _awaits_first_reply(book, conversation, policy):
        return None
    if happening is Happening.CUSTOMER_SAID:
        return at
    since = conversation.unanswered_since
    waits = since is not None and since >= policy.created_at
    return since if waits and happening is not Happening.AGENT_SAID else None


def _resolution(
    book: Book, happening: Happening, at: datetime, conversation: Conversation, policy: Policy
) -> datetime | None:
    """With the conversation, or when it is taken up again."""
    if happening is Happening.AGENT_SAID:
        return None
    is_new = conversation.opened_at >= policy.created_at and not book.has_ended(DeadlineKind.RESOLUTION)
    return conversation.opened_at if is_new else at


def _handling(
    book: Book, happening: Happening, at: datetime, conversation: Conversation, policy: Policy
) -> datetime | None:
    """With each agent anew: it is a norm for people, not a promise to the customer."""
    return at if happening is Happening.ASSIGNED else None


def _awaits_first_reply(book: Book, conversation: Conversation, policy: Policy) -> bool:
    is_promised = DeadlineKind.FIRST_REPLY in policy.limits and conversation.opened_at >= policy.created_at
    return is_promised and not book.has_ended(DeadlineKind.FIRST_REPLY)


Start = Callable[[Book, Happening, datetime, Conversation, Policy], datetime | None]

_STARTS: Mapping[DeadlineKind, Start] = {
    DeadlineKind.FIRST_REPLY: _first_reply,
    DeadlineKind.NEXT_REPLY: _next_reply,
    DeadlineKind.RESOLUTION: _resolution,
    DeadlineKind.HANDLING: _handling,
}
"""Since when a deadline runs that is promised and not there; None when it is not its time."""
