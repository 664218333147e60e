"""The floor: what the router knows, read from rows.

Rows are read again whenever an event names them, so that hearing of something late or twice is harmless.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from itertools import islice

from conversations.conversation import Conversation, ConversationState
from conversations.ids import ConversationId, QueueId
from conversations.reasons import Reason
from routing.engine import ROUND, Ticket, assignments
from routing.plan import Placement, Plan
from routing.rulebook.facts import Facts
from routing.rulebook.rules import Rule, first_match
from routing.rush.reach import effective_members
from routing.setup import Setup, manner_of
from routing.told import NotingState, Told
from storage.database import Connection
from storage.holdings import WITH_AN_AGENT
from storage.ties import STRANGER, Ties, ties_of


@dataclass(frozen=True)
class Known:
    """Conversations as they are now, and whom their customers know."""

    rows: Collection[Conversation]
    ties: Mapping[ConversationId, Ties]


def know(connection: Connection, rows: Collection[Conversation], setup: Setup) -> Known:
    """Find out whom the customers of these conversations know, where it matters."""
    waiting = [row for row in rows if row.state in _WAITING]
    return Known(rows, ties_of(connection, waiting, setup.remembers) if waiting else {})


class Floor:
    """Conversations without a queue, and the engine's state of all others. A day begins at midnight in `zone`."""

    def __init__(self, setup: Setup, in_progress: Known, zone: tzinfo) -> None:
        self.state = NotingState(zone)
        self._unplaced: dict[ConversationId, tuple[Conversation, Ties]] = {}
        self.set_up(setup)
        self.refresh(in_progress)

    def set_up(self, setup: Setup) -> None:
        """Learn what people decided."""
        self._setup = setup
        self._queue_names = {queue.id: queue.name for queue in setup.queues}
        self.state.set_members(effective_members({queue.id: queue.members for queue in setup.queues}, setup.reach))
        self.state.set_manners({queue.id: manner_of(queue) for queue in setup.queues})
        self.state.set_agents(setup.agents)

    def refresh(self, known: Known) -> None:
        """Learn how these conversations are now."""
        for conversation in known.rows:
            self._look_at(conversation, known.ties.get(conversation.id, STRANGER))

    def unplaced(self) -> list[Conversation]:
        """The next conversations to find a queue for; none as long as there is no queue at all."""
        if not self._setup.queues:
            return []
        return [conversation for conversation, _ in islice(self._unplaced.values(), ROUND)]

    @property
    def setup(self) -> Setup:
        """What people decided, as far as it is known here."""
        return self._setup

    def plan(self, unplaced: Mapping[ConversationId, Facts], now: datetime) -> Plan:
        """Find queues for these conversations by their facts, and agents for all who wait."""
        placements = tuple(self._place(*self._unplaced[each], facts) for each, facts in unplaced.items())
        decisions = tuple(assignments(self.state, now))
        told = self.state.take_told() if placements or decisions else Told()
        return Plan(placements, decisions, self.state.midnight, told)

    def next_due(self) -> datetime | None:
        """When there may be something to decide without any news, or None: it is asked after each round."""
        return self.state.next_due()

    def _look_at(self, conversation: Conversation, ties: Ties) -> None:
        self._unplaced.pop(conversation.id, None)
        if conversation.state in WITH_AN_AGENT and conversation.assignee_id is not None:
            self.state.assigned(conversation.id, conversation.assignee_id, conversation.weight)
        elif conversation.state not in _WAITING:
            self.state.gone(conversation.id)
        elif conversation.offered_to is not None and conversation.offered_until is not None:
            agent_id, until = conversation.offered_to, conversation.offered_until
            self.state.offered(conversation.id, agent_id, conversation.weight, until)
        elif conversation.queue_id is not None:
            self.state.queued(_ticket(conversation, conversation.queue_id, ties))
        else:
            self.state.gone(conversation.id)
            self._unplaced[conversation.id] = conversation, ties

    def _place(self, conversation: Conversation, ties: Ties, facts: Facts) -> Placement:
        asked = self._placement(conversation.id, first_match(self._setup.rules, facts))
        placement = replace(asked, weight=self._setup.weights.of(facts.kind, asked.category))
        del self._unplaced[conversation.id]
        self.state.queued(_ticket(placement.applied_to(conversation), placement.queue_id, ties))
        return placement

    def _placement(self, conversation_id: ConversationId, rule: Rule | None) -> Placement:
        """Where the rule leads; without one into the oldest queue, for everybody must reach a person."""
        if rule is None:
            queue = self._setup.queues[0]
            return Placement(conversation_id, queue.id, Reason('no rule matches → queue "{queue}"', queue=queue.name))
        wanted = vars(rule.outcome)
        queue_name = self._queue_names[rule.outcome.queue_id]
        reason = Reason('rule "{rule}" → queue "{queue}"', rule=rule.name, queue=queue_name)
        return Placement(conversation_id, reason=reason, **wanted)


_WAITING = frozenset((ConversationState.NEW, ConversationState.QUEUED))


def _ticket(conversation: Conversation, queue_id: QueueId, ties: Ties) -> Ticket:
    return Ticket(
        is_new=conversation.owner_id is None,
        since=conversation.unanswered_since or conversation.opened_at,
        conversation_id=conversation.id,
        queue_id=queue_id,
        manager_id=ties.manager_id,
        last_agent_id=ties.last_agent_id,
        last_served_at=ties.last_served_at,
        owner_id=conversation.owner_id,
        priority=conversation.priority,
        skill=conversation.skill,
        skill_level=conversation.skill_level,
        weight=conversation.weight,
        declined=conversation.declined,
    )
