"""Deciding again: the engine is told once more what it was told, as the event log has it, and asked for the same.

Decided again is who gets whom, and why. Which queue somebody waits in, what people do by hand and whose screens are
there is told, not decided.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from conversations.events import Event, EventKind
from conversations.ids import ConversationId, QueueId, UserId
from routing.engine import Agent, Decision, State, assignments
from routing.told import Told
from routing.writing import LEASE

_DECIDED = (EventKind.CONVERSATION_ASSIGNED, EventKind.CONVERSATION_OFFERED)

KINDS = (*_DECIDED, EventKind.ROUTER_TOOK_OVER, EventKind.ROUTER_DECIDED)
"""The events that are read for it, from a router's taking over on."""


@dataclass(frozen=True)
class Round:
    """What a router decided at once, after it was told this; the `refused` were overtaken by what others did."""

    at: datetime
    told: Told
    decisions: tuple[Decision, ...]
    refused: frozenset[ConversationId]


@dataclass(frozen=True)
class Difference:
    """The first decision of a round that is another one now; None where there is none at all."""

    at: datetime
    then: Decision | None
    now: Decision | None


@dataclass
class Replay:
    """Decides again, round by round."""

    decided: int = 0
    _state: State = field(default_factory=State)
    _agents: dict[UserId, Agent] = field(default_factory=dict)

    def go_on(self, each: Round) -> Difference | None:
        """The next round; None when everything is decided as it was."""
        if each.told.zone:
            self._state, self._agents = State(ZoneInfo(each.told.zone)), {}
        each.told.tell(self._state, self._agents)
        again = assignments(self._state, each.at)
        carried_out = [decision for decision in again if decision.conversation_id not in each.refused]
        self.decided += len(each.decisions)
        return _difference(each, carried_out)


def rounds(events: Iterable[Event]) -> Iterator[Round]:
    """The rounds of routers: what was told stands before what was decided."""
    told, decided = None, list[Decision]()
    for event in events:
        if event.kind not in _DECIDED:
            if told is not None:
                yield _round(told, decided)
            told, decided = event, []
        elif event.actor == LEASE:
            decided.append(_decision(event))
    if told is not None:
        yield _round(told, decided)


def _round(event: Event, decisions: Iterable[Decision]) -> Round:
    data: dict[str, Any] = dict(event.data)
    return Round(event.at, Told.from_json(data), tuple(decisions), frozenset(data["refused"]))


def _decision(event: Event) -> Decision:
    return Decision(
        ConversationId(str(event.conversation_id)),
        QueueId(str(event.data["queue_id"])),
        UserId(str(event.subject_id)),
        event.reason,
    )


def _difference(each: Round, again: list[Decision]) -> Difference | None:
    if list(each.decisions) == again:
        return None
    for then, now in zip(each.decisions, again, strict=False):
        if then != now:
            return Difference(each.at, then, now)
    longer = min(len(each.decisions), len(again))
    return Difference(each.at, *(next(iter(side[longer:]), None) for side in (each.decisions, tuple(again))))
