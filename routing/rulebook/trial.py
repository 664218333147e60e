"""Trial: what a list of rules would have done with conversations that are there, beside the list in force."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from conversations.ids import ConversationId, QueueId, RuleId
from routing.rulebook.actions import Outcome
from routing.rulebook.facts import Facts, FactsById
from routing.rulebook.rules import Rule, first_match

EXAMPLES = 5
"""Conversations that are named for each way."""

Way = tuple[QueueId | None, QueueId | None]
"""From which queue to which; None is the one for what no rule catches."""


@dataclass
class Trial:
    """Counts, while conversations are added slice by slice.

    `changed` came into the same queue and asked for something else there; `hits` says how many each new rule decided.
    """

    before: Sequence[Rule]
    after: Sequence[Rule]
    tried: int = 0
    changed: int = 0
    moves: Counter[Way] = field(default_factory=Counter)
    examples: defaultdict[Way, list[ConversationId]] = field(default_factory=lambda: defaultdict(list))
    hits: Counter[RuleId] = field(default_factory=Counter)

    @property
    def moved(self) -> int:
        """How many would have come into another queue."""
        return self.moves.total()

    def add(self, facts: FactsById) -> None:
        """Try both lists on these conversations."""
        for conversation_id, each in facts.items():
            self._add(conversation_id, each)

    def _add(self, conversation_id: ConversationId, facts: Facts) -> None:
        self.tried += 1
        old, new = first_match(self.before, facts), first_match(self.after, facts)
        if new is not None:
            self.hits[new.id] += 1
        way = _queue(old), _queue(new)
        if way[0] != way[1]:
            self.moves[way] += 1
            if len(self.examples[way]) < EXAMPLES:
                self.examples[way].append(conversation_id)
        elif _outcome(old) != _outcome(new):
            self.changed += 1


def _queue(rule: Rule | None) -> QueueId | None:
    return None if rule is None else rule.outcome.queue_id


def _outcome(rule: Rule | None) -> Outcome | None:
    return None if rule is None else rule.outcome
