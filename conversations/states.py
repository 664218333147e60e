"""The states of an agent: which follow one another, why others do not, and how long each lasted.

Nobody chooses to be busy, to have lost the connection or to cool off: these follow from the load, from a screen that
is silent, and from an offer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.ids import UserId
from conversations.people import AgentState

BREAKS: Mapping[str, str] = {
    "rest": "Short break",
    "meal": "Meal",
    "training": "Training",
    "meeting": "Meeting",
    "coaching": "Coaching",
    "other-work": "Other work",
}
"""What a break may be for, and what that is called."""

MISSED_OFFER = "missed-offer"
"""What a break is for that follows when somebody does not answer an offer; nobody chooses it."""

BREAK_NAMES: Mapping[str, str] = {**BREAKS, MISSED_OFFER: "Missed offer"}

SUPERVISED = "other-work"
"""What a break is for that a supervisor imposes; the story tells their own words."""

AFTERWARDS = "afterwards"
"""Why somebody wraps up who did not choose to: what they settled asks for it. It ends by itself."""

COOLING = "cool-off"
"""The reason of the state in which somebody recovers from an abusive customer; it is no break."""

ON_DUTY = (AgentState.READY, AgentState.BUSY, AgentState.CONNECTION_LOST)
"""Who belongs to the floor of the router; for new work they also need room, and a screen that is seen."""

NEEDS_SCREEN = (AgentState.SIGNED_IN, AgentState.READY, AgentState.BUSY, AgentState.WRAP_UP)
"""Who is at work only as long as their screen is connected. On a break screens may sleep."""

_AT_WORK = frozenset((AgentState.READY, AgentState.WRAP_UP, AgentState.BREAK, AgentState.OFFLINE))

_NEXT: Mapping[AgentState, frozenset[AgentState]] = {
    AgentState.OFFLINE: frozenset((AgentState.SIGNED_IN, AgentState.READY)),
    AgentState.SIGNED_IN: _AT_WORK - {AgentState.WRAP_UP} | {AgentState.CONNECTION_LOST, AgentState.COOL_OFF},
    AgentState.READY: _AT_WORK | {AgentState.BUSY, AgentState.CONNECTION_LOST, AgentState.COOL_OFF},
    AgentState.BUSY: _AT_WORK | {AgentState.CONNECTION_LOST, AgentState.COOL_OFF},
    AgentState.WRAP_UP: _AT_WORK | {AgentState.CONNECTION_LOST, AgentState.COOL_OFF},
    AgentState.COOL_OFF: _AT_WORK - {AgentState.BREAK},
    AgentState.BREAK: _AT_WORK - {AgentState.WRAP_UP},
    AgentState.CONNECTION_LOST: _AT_WORK | {AgentState.SIGNED_IN},
}
"""From where to where. From a break to a break is to another reason."""

_NOT_CHOSEN = frozenset((AgentState.SIGNED_IN, AgentState.BUSY, AgentState.CONNECTION_LOST, AgentState.COOL_OFF))

_FOLLOWS = "Nobody chooses this state: it follows from what happens."

_WHY_NOT: Mapping[AgentState, str] = {
    AgentState.SIGNED_IN: _FOLLOWS,
    AgentState.BUSY: _FOLLOWS,
    AgentState.CONNECTION_LOST: _FOLLOWS,
    AgentState.COOL_OFF: "A moment to cool off is offered after an abusive customer.",
    AgentState.WRAP_UP: "Wrapping up comes after work. Go ready first.",
    AgentState.BREAK: "A break interrupts work. Go ready first.",
}


@dataclass(frozen=True)
class Span:
    """A person was in one state all the time from `since` until `until`; None is until now."""

    user_id: UserId
    state: AgentState
    reason: str
    since: datetime
    until: datetime | None


def follows(before: AgentState, after: AgentState) -> bool:
    """Whether one state may come right after the other, whoever brings it about."""
    return after in _NEXT[before]


def why_not(before: AgentState, wanted: AgentState, reason: str) -> str:
    """Why a person cannot choose this state now, and what to do instead; empty when they can."""
    if before is wanted is AgentState.OFFLINE:
        return ""
    if wanted in _NOT_CHOSEN or not follows(before, wanted):
        return _WHY_NOT[wanted]
    if wanted is AgentState.BREAK and reason not in BREAKS:
        return "Say what the break is for."
    return ""


def totals(
    spans: Iterable[Span], start: datetime, end: datetime, now: datetime
) -> dict[tuple[AgentState, str], timedelta]:
    """How long each state and reason lasted between `start` and `end`, as far as that is past."""
    sums: defaultdict[tuple[AgentState, str], timedelta] = defaultdict(timedelta)
    for span in spans:
        ended = min(span.until or now, end, now)
        sums[span.state, span.reason] += max(ended - max(span.since, start), timedelta(0))
    return {key: lasted for key, lasted in sums.items() if lasted}
