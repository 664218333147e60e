"""What would happen: the live engine, fed with customers made from a seed, in a time of its own. Times in seconds."""

from collections import defaultdict
from functools import partial
from heapq import merge
from itertools import count
from math import inf
from operator import attrgetter

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import ConversationId, QueueId, UserId
from routing.engine import Decision
from routing.forecasts.agenda import Agenda
from routing.forecasts.demand import Customer, seeded
from routing.forecasts.moments import moment
from routing.forecasts.overflowing import LOOK_EVERY, Overflow
from routing.forecasts.scenario import Scenario
from routing.forecasts.switchboard import Switchboard
from routing.forecasts.visits import Run, Visit


class Simulation:
    """One run in progress."""

    def __init__(self, scenario: Scenario, seed: str) -> None:
        self._visits: list[Visit] = []
        self._busy: defaultdict[UserId, float] = defaultdict(float)
        self._scenario = scenario
        self._switchboard = Switchboard(scenario)
        self._overflow = Overflow(scenario)
        self._agenda = Agenda()
        self._numbers = count()
        self._coming = merge(*(each.customers(seed) for each in scenario.demands), key=attrgetter("at"))
        self._random = seeded(f"{seed} offers")
        self._waiting: dict[ConversationId, Visit] = {}
        self._offers: dict[ConversationId, Decision] = {}
        self._undecided = 0
        self._will_look = False
        self._now = 0.0

    def run(self) -> Run:
        """Let time pass until the end, and until everybody who came before it has been answered or has given up.

        Where agents are far too few that never happens: it stops after as much time again.
        """
        end, latest = self._scenario.end, self._scenario.end + self._scenario.length
        self._expect_next()
        while (at := self._next_at()) <= end or (self._undecided and at <= latest):
            self._step(at)
        return Run(self._visits, self._busy, self._overflow.spells(self._now))

    def _step(self, at: float) -> None:
        """Let the next thing happen, and the engine decide."""
        self._now = at
        self._agenda.go_on(at)
        if self._offers and (lapsed := self._switchboard.lapsed(at)):
            self._let_lapse(lapsed)
        if self._waiting:
            self._decide()

    def _next_at(self) -> float:
        """When something happens, or becomes possible for those who wait."""
        foreseen = self._agenda.next_at()
        return min(foreseen, self._switchboard.next_due()) if self._waiting else foreseen

    def _expect_next(self) -> None:
        customer = next(self._coming, None)
        if customer is not None:
            self._agenda.expect(customer.at, partial(self._arrive, self._visit(customer)))

    def _visit(self, customer: Customer) -> Visit:
        return Visit(
            ConversationId(f"{next(self._numbers):012}"),
            customer,
            manager_id=self._colleague(customer.demand.queue_id, customer.manager),
            last_agent_id=self._colleague(customer.demand.queue_id, customer.last_agent),
        )

    def _colleague(self, queue_id: QueueId, place: float | None) -> UserId | None:
        staff = self._scenario.staff[queue_id]
        return staff[int(place * len(staff))] if staff and place is not None else None

    def _arrive(self, visit: Visit) -> None:
        self._expect_next()
        if self._counts(visit):
            self._visits.append(visit)
            self._undecided += 1
        self._waiting[visit.conversation_id] = visit
        self._switchboard.queued(visit)
        self._overflow.note(visit, self._now)
        self._look_soon()
        if visit.customer.patience < inf:
            self._agenda.expect(self._now + visit.customer.patience, partial(self._give_up, visit))

    def _decide(self) -> None:
        for decision in self._switchboard.decide(self._now):
            if decision.terms.offered_until is None:
                self._begin(self._waiting[decision.conversation_id], decision.agent_id)
            else:
                self._offer(self._waiting[decision.conversation_id], decision)

    def _offer(self, visit: Visit, decision: Decision) -> None:
        """Most accept it after a while; the engine says when the time of the others is over."""
        self._offers[visit.conversation_id] = decision
        group = self._scenario.group_of[decision.agent_id]
        if self._random.random() >= group.lapse:
            self._agenda.expect(self._now + group.answer, partial(self._accept, visit, decision))

    def _accept(self, visit: Visit, decision: Decision) -> None:
        if self._offers.get(visit.conversation_id) is decision:
            self._switchboard.accepted(visit, decision.agent_id)
            self._begin(visit, decision.agent_id)

    def _let_lapse(self, offers: list[tuple[ConversationId, UserId]]) -> None:
        """Customers keep their place; who did not answer is on a break, and what else they are offered is over too."""
        late: set[UserId] = set()
        for conversation_id, agent_id in offers:
            visit, until = self._waiting[conversation_id], self._offers.pop(conversation_id).terms.offered_until
            if until is not None and until <= moment(self._now):
                late.add(agent_id)
                visit.lapsed += 1
                visit.declined[agent_id] = moment(self._now)
            self._switchboard.queued(visit)
        for agent_id in sorted(late):
            self._switchboard.set_ready(agent_id, False, self._now)
            self._agenda.expect(self._now + self._scenario.group_of[agent_id].back, partial(self._come_back, agent_id))

    def _come_back(self, agent_id: UserId) -> None:
        self._switchboard.set_ready(agent_id, True, self._now)

    def _begin(self, visit: Visit, agent_id: UserId) -> None:
        visit.agent_id = agent_id
        visit.is_helped = visit.queue_id not in self._scenario.group_of[agent_id].queues
        self._no_longer_waits(visit)
        served_at = self._now + visit.customer.handle
        work = visit.customer.demand.weight / ORDINARY_WEIGHT
        self._busy[agent_id] += work * self._scenario.within_length(self._now, served_at)
        self._agenda.expect(served_at, partial(self._switchboard.gone, visit))

    def _give_up(self, visit: Visit) -> None:
        if visit.waited is None:
            self._switchboard.gone(visit)
            self._no_longer_waits(visit)

    def _no_longer_waits(self, visit: Visit) -> None:
        del self._waiting[visit.conversation_id]
        self._offers.pop(visit.conversation_id, None)
        visit.waited = self._now - visit.customer.at
        self._undecided -= self._counts(visit)
        self._overflow.note(visit, self._now)

    def _counts(self, visit: Visit) -> bool:
        return self._scenario.warm_up <= visit.customer.at < self._scenario.end

    def _look_soon(self) -> None:
        if not self._will_look and self._scenario.house.steps and self._overflow.may_turn(bool(self._waiting)):
            self._will_look = True
            self._agenda.expect(self._now + LOOK_EVERY, self._look)

    def _look(self) -> None:
        self._will_look = False
        waiting = list(self._waiting.values())
        members = self._overflow.look(waiting, self._switchboard.ready(), self._now)
        if members is not None:
            self._switchboard.set_members(members)
        for visit in self._overflow.stuck(waiting, self._now):
            visit.asks_anybody = True
            if visit.conversation_id not in self._offers:
                self._switchboard.queued(visit)
        self._look_soon()
