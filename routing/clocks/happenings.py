"""What happens to a conversation, and what follows for its deadlines. Pure.

Happenings go in, deadlines as they are then come out. Replaying the same happenings gives the same deadlines,
but for their ids.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Self

from conversations.conversation import Conversation
from conversations.deadlines import Deadline, DeadlineKind, Outcome
from conversations.ids import DeadlineId, PolicyId
from routing.clocks.deadlines import dropped, ended, fired, paused, resumed, started, under
from routing.clocks.policies import Policy


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
            book.put(under(deadline, policy, at, policies.known[deadline.policy_id]))
    for kind, start in _STARTS.items():
        is_wanted = kind in policy.limits and not book.runs(kind)
        since = start(book, happening, at, conversation, policy) if is_wanted else None
        if since is not None:
            book.put(started(kind, since, conversation, policy))


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


Move = Callable[[Deadline, datetime, Policy], Deadline]

_MOVES: Mapping[tuple[DeadlineKind, Happening], Move] = {
    (DeadlineKind.FIRST_REPLY, Happening.AGENT_SAID): _meet,
    (DeadlineKind.FIRST_REPLY, Happening.RESOLVED): _drop,
    (DeadlineKind.FIRST_REPLY, Happening.CLOSED): _drop,
    (DeadlineKind.NEXT_REPLY, Happening.AGENT_SAID): _meet,
    (DeadlineKind.NEXT_REPLY, Happening.RESOLVED): _drop,
    (DeadlineKind.NEXT_REPLY, Happening.CLOSED): _drop,
    (DeadlineKind.RESOLUTION, Happening.AGENT_SAID): paused,
    (DeadlineKind.RESOLUTION, Happening.CUSTOMER_SAID): resumed,
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
