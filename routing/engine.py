"""Assignment as a state machine: what happened goes in, decisions with their reasons come out. No I/O, no clock.

An agent's load is the weight of the conversations that are theirs and not resolved: those that wait for the customer
count too, for the customer may write at any moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush, heapreplace

from conversations.ids import ConversationId, QueueId, UserId
from conversations.reasons import Reason
from routing.claims import chosen, claims, holder, passed
from routing.lines import Line, Ticket
from routing.state import GRACE, State
from routing.team import OUTRIGHT, PRESENCE, Agent, Manner, Rank, Strategy, Terms, load_of, reason

__all__ = [
    "ASKED_AGAIN",
    "GRACE",
    "PRESENCE",
    "ROUND",
    "Agent",
    "Decision",
    "Manner",
    "State",
    "Strategy",
    "Ticket",
    "assignments",
]

ASKED_AGAIN = timedelta(minutes=1)
"""Who declined a conversation is offered it again after so long, and only if nobody else can take it."""

ROUND = 500
"""Decisions taken at once, and written in one transaction."""


@dataclass(frozen=True)
class Decision:
    """A conversation gets an agent, or is offered to one first."""

    conversation_id: ConversationId
    queue_id: QueueId
    agent_id: UserId
    reason: str
    terms: Terms = field(default=OUTRIGHT, compare=False)


def assignments(state: State, now: datetime, limit: int = ROUND) -> list[Decision]:
    """Who gets whom now: the earliest turn first, within a line always, and over all lines that somebody can serve.

    The state counts the decisions as done. Whoever could not carry one out says where that conversation really is.
    """
    state.begin(now)
    decisions: list[Decision] = []
    going = _Round(state, now)
    while (ticket := going.first()) is not None and not state.is_full():
        if len(decisions) == limit:
            going.break_off()
            break
        if ticket.knows_somebody and (waited_for := holder(state, ticket, now)) != ticket.reserved_for:
            going.reserve(ticket, waited_for)
            continue
        decision = going.decide(ticket)
        if decision is None:
            # Nobody becomes free within a round.
            going.leave()
            continue
        decisions.append(decision)
        going.move_up(ticket, state.serve(ticket, decision.agent_id, now, decision.terms))
    return decisions


class _Round:
    """The lines that are looked at, and who may be able to serve each."""

    def __init__(self, state: State, now: datetime) -> None:
        self._state = state
        self._now = now
        self._agents = state.lines.take_changed()
        self._heads = [(head.turn, head) for head in map(state.lines.head, self._agents) if head is not None]
        heapify(self._heads)
        self._candidates: dict[Line, list[Rank]] = {}
        self._has_moved = False

    def first(self) -> Ticket | None:
        """Whose turn it is."""
        # Only when somebody has moved to another line a head may not be the first of its line any more.
        while self._has_moved and self._heads and not self._is_first(self._heads[0][1]):
            heappop(self._heads)
        return self._heads[0][1] if self._heads else None

    def leave(self) -> None:
        """Nobody can serve the line whose turn it is."""
        heappop(self._heads)

    def move_up(self, served: Ticket, following: Ticket | None) -> None:
        """The next in the line. Who could not take the one before may have room for something lighter."""
        if following is None:
            heappop(self._heads)
            return
        heapreplace(self._heads, (following.turn, following))
        if following.weight < served.weight:
            self._agents[served.line] = None
            self._candidates.pop(served.line, None)

    def reserve(self, ticket: Ticket, agent_id: UserId | None) -> None:
        """Whoever waits for one agent, or no longer does, stands in another line from now on."""
        self._has_moved = True
        moved = self._state.reserve(ticket, agent_id)
        for line in (ticket.line, moved.line):
            self._agents[line] = None
            self._candidates.pop(line, None)
            if (head := self._state.lines.head(line)) is not None:
                heappush(self._heads, (head.turn, head))

    def _is_first(self, ticket: Ticket) -> bool:
        return self._state.lines.head(ticket.line) is ticket

    def break_off(self) -> None:
        """The next round goes on here."""
        self._state.lines.keep(ticket.line for _, ticket in self._heads)

    def decide(self, ticket: Ticket) -> Decision | None:
        """Who gets a conversation and why, or None when nobody can take it."""
        state = self._state
        steps: list[Reason] = []
        for claim in claims(state, ticket, self._now) if ticket.knows_somebody else ():
            if state.takes(claim.agent_id, ticket, self._now):
                return self._decision(ticket, claim.agent_id, chosen(claim.tie, state.desk(claim.agent_id)), steps)
            if claim.agent_id == ticket.reserved_for:
                return None
            steps.append(passed(state, claim, ticket, self._now))
        best = self._best(ticket)
        if best is None:
            return self._asked_again(ticket) if ticket.declined else None
        why = reason(state.desk(best), state.manner(ticket.queue_id).strategy, ticket.skill)
        return self._decision(ticket, best, why, steps)

    def _best(self, ticket: Ticket) -> UserId | None:
        """The best candidate by now: some have got work from this or another line since the heap was made."""
        agents = self._agents[ticket.line]
        if agents is None:
            return self._state.first(ticket, self._now)
        candidates = self._candidates.get(ticket.line)
        if candidates is None:
            candidates = self._candidates[ticket.line] = self._state.candidates(ticket, agents, self._now)
            return candidates[0].agent_id if candidates else None
        while candidates:
            first = candidates[0]
            if not self._state.desk(first.agent_id).fits(ticket.weight):
                # What comes behind in this line is as heavy, or the heap is made anew.
                heappop(candidates)
            elif (fresh := self._state.rank(first.agent_id, ticket)) != first:
                heapreplace(candidates, fresh)
            else:
                return first.agent_id
        return None

    def _decision(self, ticket: Ticket, agent_id: UserId, why: Reason, steps: Sequence[Reason]) -> Decision:
        terms = self._state.terms(ticket, agent_id, self._now)
        return Decision(ticket.conversation_id, ticket.queue_id, agent_id, why.after(steps) if steps else why, terms)

    def _asked_again(self, ticket: Ticket) -> Decision | None:
        """Whoever declined it longest ago, if that is long enough; nobody else can take it."""
        anew = replace(ticket, declined={})
        for at, agent_id in sorted((at, agent_id) for agent_id, at in ticket.declined.items()):
            if at + ASKED_AGAIN > self._now:
                self._state.look_again(ticket, at + ASKED_AGAIN)
                return None
            if self._state.takes(agent_id, anew, self._now):
                load = load_of(self._state.desk(agent_id))
                why = Reason("declined before, but nobody else can take it, load {load} of {capacity}", **load)
                return self._decision(ticket, agent_id, why, ())
        return None
