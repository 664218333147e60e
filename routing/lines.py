"""Lines of waiting customers, and who is next in each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import NamedTuple

from conversations.conversation import HEAD_START, ORDINARY_WEIGHT, PRIORITY
from conversations.ids import ConversationId, QueueId, UserId


class Turn(NamedTuple):
    """When a ticket is served, compared with others. It never changes while the ticket waits."""

    at: datetime
    since: datetime
    conversation_id: ConversationId


class Line(NamedTuple):
    """Those in a queue who ask for the same; they are served strictly in the order of their turns.

    Those that are reserved for somebody, or that somebody declined, stand apart: nobody has to wait behind them.
    """

    queue_id: QueueId
    skill: str
    skill_level: int
    reserved_for: UserId | None
    declined_by: frozenset[UserId]


Agents = set[UserId] | None
"""Some agents, or all there are."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A place in a queue. Of two, the earlier `turn` is served first.

    `since` is when the customer began to wait, `is_new` false for whoever was served before. Only an agent with the
    `skill` at `skill_level` or above may serve it; an empty skill asks for nothing. `weight` is what it takes of an
    agent's capacity, in quarters of an ordinary conversation.

    `manager_id` looks after this customer, `last_agent_id` served them until `last_served_at`, `owner_id` is first
    responsible for this conversation. While it is `reserved_for` somebody, nobody else may serve it. `declined` is who
    had the offer already and did not take it, and when.
    """

    conversation_id: ConversationId
    queue_id: QueueId
    since: datetime
    is_new: bool = True
    manager_id: UserId | None = None
    last_agent_id: UserId | None = None
    last_served_at: datetime | None = None
    owner_id: UserId | None = None
    priority: int = 0
    skill: str = ""
    skill_level: int = 0
    weight: int = ORDINARY_WEIGHT
    declined: Mapping[UserId, datetime] = field(default_factory=dict)
    reserved_for: UserId | None = field(default=None, compare=False)
    turn: Turn = field(init=False, repr=False, compare=False)
    line: Line = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Looked at many times for each decision, so not reckoned each time.
        object.__setattr__(self, "turn", self._turn())
        object.__setattr__(self, "line", self._line())

    @property
    def knows_somebody(self) -> bool:
        """Whether anybody of us should have it before others: most customers know nobody."""
        return self.manager_id is not None or self.last_agent_id is not None or self.owner_id is not None

    def _turn(self) -> Turn:
        """Higher priority, then having been served before, counts as a longer wait."""
        ahead = self.priority * PRIORITY + (timedelta(0) if self.is_new else HEAD_START)
        return Turn(self.since - ahead, self.since, self.conversation_id)

    def _line(self) -> Line:
        return Line(self.queue_id, self.skill, self.skill_level, self.reserved_for, frozenset(self.declined))


class Lines:
    """Everybody who waits. It knows which lines have changed, so that nobody has to look at all of them."""

    def __init__(self) -> None:
        self._tickets: dict[ConversationId, Ticket] = {}
        # Heaps; a turn that is not that of a ticket any more, this very object, is dropped when it comes.
        self._turns: dict[Line, list[Turn]] = {}
        # By queue, then by whom they are reserved for.
        self._of_queue: dict[QueueId, dict[UserId | None, set[Line]]] = {}
        self._changed: dict[Line, Agents] = {}

    def put(self, ticket: Ticket) -> None:
        """A customer waits, here and nowhere else."""
        self.drop(ticket.conversation_id)
        self._enter(ticket)
        if self._turns[ticket.line][0] is ticket.turn:
            self._changed[ticket.line] = None

    def drop(self, conversation_id: ConversationId) -> None:
        """A customer waits no longer. Whoever was behind them may ask for less."""
        ticket = self._tickets.pop(conversation_id, None)
        if ticket is not None:
            self._changed[ticket.line] = None

    def serve(self, ticket: Ticket) -> Ticket | None:
        """A customer is served; returns who is first in the line then."""
        del self._tickets[ticket.conversation_id]
        return self.head(ticket.line)

    def reserve(self, ticket: Ticket, agent_id: UserId | None) -> Ticket:
        """A customer waits for one agent, or for all who work there again; returns their ticket by now."""
        moved = replace(ticket, reserved_for=agent_id)
        self._enter(moved)
        return moved

    def ticket(self, conversation_id: ConversationId) -> Ticket | None:
        """A customer's place, if they wait."""
        return self._tickets.get(conversation_id)

    def has(self, ticket: Ticket) -> bool:
        """Whether this customer waits exactly so already."""
        return self._tickets.get(ticket.conversation_id) == ticket

    def head(self, line: Line) -> Ticket | None:
        """Who is first in a line. An empty line is forgotten."""
        turns = self._turns.get(line, [])
        while turns:
            ticket = self._tickets.get(turns[0].conversation_id)
            if ticket is not None and ticket.turn is turns[0]:
                return ticket
            heappop(turns)
        if line in self._turns:
            del self._turns[line]
            self._forget(line)
        return None

    def waiting(self) -> list[Ticket]:
        """Everybody, in the order of being served."""
        return sorted(self._tickets.values(), key=lambda ticket: ticket.turn)

    def look_again(self, queue_ids: Iterable[QueueId]) -> None:
        """Anybody may be able to serve these queues now."""
        for queue_id in queue_ids:
            for lines in self._of_queue.get(queue_id, {}).values():
                self.keep(lines)

    def look_again_for(
        self, agent_id: UserId, queue_ids: Iterable[QueueId], masters: Callable[[str, int], bool]
    ) -> None:
        """This agent may be able to serve these queues now, as far as they ask for what the agent `masters`."""
        for queue_id in queue_ids:
            lines = self._of_queue.get(queue_id, {})
            for line in (*lines.get(None, ()), *lines.get(agent_id, ())):
                if masters(line.skill, line.skill_level):
                    agents = self._changed.setdefault(line, set())
                    if agents is not None:
                        agents.add(agent_id)

    def keep(self, lines: Iterable[Line]) -> None:
        """Nobody has looked at these to the end."""
        self._changed.update(dict.fromkeys(lines))

    def take_changed(self) -> dict[Line, Agents]:
        """The lines that somebody may be able to serve, and who: an agent who is not named was not able to before."""
        changed, self._changed = self._changed, {}
        return changed

    def _enter(self, ticket: Ticket) -> None:
        self._tickets[ticket.conversation_id] = ticket
        turns = self._turns.get(ticket.line)
        if turns is None:
            turns = self._turns[ticket.line] = []
            self._of_queue.setdefault(ticket.queue_id, {}).setdefault(ticket.reserved_for, set()).add(ticket.line)
        heappush(turns, ticket.turn)

    def _forget(self, line: Line) -> None:
        of_queue = self._of_queue[line.queue_id]
        of_queue[line.reserved_for].discard(line)
        if not of_queue[line.reserved_for]:
            del of_queue[line.reserved_for]
