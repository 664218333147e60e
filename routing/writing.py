"""The router's changes. All hold its lease while they write, and look again at what they are about to change."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime

from conversations.conversation import Conversation, ConversationState
from conversations.events import Event, EventKind
from conversations.ids import ConversationId, UserId
from conversations.people import AgentState, User
from conversations.reasons import Reason, to_translate
from conversations.states import MISSED_OFFER, ON_DUTY
from routing.engine import GRACE, PRESENCE, Decision
from routing.plan import Placement, Plan
from routing.rush.reach import read_reach, works_in
from routing.setup import agent_of
from routing.team import Desk
from storage import contacts, conversations, cool_off, holdings, leases, people, states, wrap_up
from storage.database import Transaction

LEASE = "router"
"""The name of the lease, and of the router as an actor."""

Rows = Mapping[ConversationId, Conversation]

Say = Callable[[Transaction, Conversation, Mapping[str, str], str, datetime], None]
"""Tells a customer something, given by language, in the transaction from which it follows; once about each thing."""


def say_nothing(
    transaction: Transaction, conversation: Conversation, words: Mapping[str, str], about: str, now: datetime
) -> None:
    """For those who route and do not speak."""


def write_plan(
    transaction: Transaction, fence: int, plan: Plan, now: datetime, say: Say = say_nothing
) -> frozenset[ConversationId]:
    """Carry out a plan. Returns the conversations with which it was not possible any more. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    rows = conversations.hold(transaction, plan.conversation_ids())
    placed = _place(transaction, rows, plan.placements, now, say)
    assigned = _assign(transaction, {**rows, **placed}, plan.decisions, now)
    conversations.settle(transaction, list({**placed, **assigned}.values()))
    carried_out = [each for each in plan.decisions if each.conversation_id in assigned]
    served = Counter(each.agent_id for each in carried_out)
    pauses = {each.agent_id: each.terms.paused_until for each in carried_out}
    people.count_served(transaction, served, pauses, plan.midnight, now)
    unplaced = {each.conversation_id for each in plan.placements} - placed.keys()
    unassigned = {each.conversation_id for each in plan.decisions} - assigned.keys()
    _note(transaction, plan, unassigned, now)
    for each in carried_out:
        kind = EventKind.CONVERSATION_OFFERED if each.terms.offered_until else EventKind.CONVERSATION_ASSIGNED
        _tell(transaction, kind, assigned[each.conversation_id], each.reason, now)
    return frozenset(unplaced | unassigned)


def note_lost(transaction: Transaction, fence: int, agents: Sequence[UserId], now: datetime) -> None:
    """Note that these people's screens are silent. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    states.lose(transaction, agents, now - PRESENCE, now)


def end_wrap_up(transaction: Transaction, fence: int, agents: Sequence[UserId], now: datetime) -> None:
    """Note that these people have had their time to wrap up. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    wrap_up.finish(transaction, agents, now)


def end_cool_off(transaction: Transaction, fence: int, agents: Sequence[UserId], now: datetime) -> None:
    """Note that these people have had their time to cool off. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    cool_off.finish(transaction, agents, now)


def take_back(transaction: Transaction, fence: int, agents: Iterable[UserId], now: datetime) -> None:
    """Put the customers who wait for agents without a screen back into their queues. Raises `LeaseLost`.

    Who was at work is offline from now on; who is on a break stays there.
    """
    leases.guard(transaction, LEASE, fence)
    lost = states.silent(transaction.connection, agents, now - GRACE)
    back = [
        replace(each, state=ConversationState.QUEUED, assignee_id=None, changed_at=now)
        for each in holdings.unanswered_with(transaction, lost)
    ]
    conversations.settle(transaction, back)
    for conversation in back:
        _tell(transaction, EventKind.CONVERSATION_QUEUED, conversation, Reason("connection lost"), now)
    for agent in people.held(transaction, lost).values():
        if agent.state in ON_DUTY:
            states.set_state(transaction, agent.id, AgentState.OFFLINE, now, LEASE, "connection lost")


def forget_skills(transaction: Transaction, fence: int, ids: Iterable[ConversationId], now: datetime) -> None:
    """Let anybody in the queue serve these, who waited too long for a skill. Raises `LeaseLost`."""
    leases.guard(transaction, LEASE, fence)
    held = conversations.hold(transaction, ids).values()
    asking = [each for each in held if each.state is ConversationState.QUEUED and each.skill]
    free = [replace(each, skill="", skill_level=0, changed_at=now) for each in asking]
    conversations.settle(transaction, free)
    for before, after in zip(asking, free, strict=True):
        reason = Reason('waited too long for the skill "{skill}" → whoever is there', skill=before.skill)
        _tell(transaction, EventKind.CONVERSATION_QUEUED, after, reason, now)


def let_lapse(
    transaction: Transaction, fence: int, offers: Sequence[tuple[ConversationId, UserId]], now: datetime
) -> None:
    """End offers that nobody answers; who let one pass and was there is on a break from now on. Raises `LeaseLost`.

    An offer that was accepted or declined in the same moment is over already: the row decides.
    """
    leases.guard(transaction, LEASE, fence)
    rows = conversations.hold(transaction, [conversation_id for conversation_id, _ in offers])
    over = [rows[each] for each, agent_id in offers if each in rows and rows[each].offered_to == agent_id]
    agents = people.held(transaction, [row.offered_to for row in over if row.offered_to])
    late = {row.offered_to for row in over if _is_late(row, now)}
    for row in over:
        _end(transaction, row, agents[UserId(str(row.offered_to))], now)
    for agent in agents.values():
        if agent.id in late and agent.state in _THERE:
            states.set_state(transaction, agent.id, AgentState.BREAK, now, LEASE, MISSED_OFFER)


_THERE = (AgentState.READY, AgentState.BUSY)


def _is_late(row: Conversation, now: datetime) -> bool:
    return row.offered_until is not None and row.offered_until <= now


def _end(transaction: Transaction, row: Conversation, agent: User, now: datetime) -> None:
    """The customer keeps their place; who let the offer pass is asked again only after others."""
    missed = agent.state in ON_DUTY and _is_late(row, now)
    reason = Reason("no answer in time") if missed else Reason("not at work any more")
    declined = {**row.declined, agent.id: now} if missed else row.declined
    _tell(transaction, EventKind.CONVERSATION_MISSED, row, reason, now)
    after = replace(row, offered_to=None, offered_until=None, declined=declined, changed_at=now)
    conversations.settle(transaction, [after])


def _place(transaction: Transaction, rows: Rows, placements: Sequence[Placement], now: datetime, say: Say) -> Rows:
    placed: dict[ConversationId, Conversation] = {}
    for placement in placements:
        row = rows.get(placement.conversation_id)
        if row is not None and row.queue_id is None and row.state in _PLACEABLE:
            queued = replace(placement.applied_to(row), changed_at=now)
            placed[row.id] = queued
            _tell(transaction, EventKind.CONVERSATION_QUEUED, queued, placement.reason, now)
            if placement.tags:
                _tag(transaction, queued, placement, now)
            if placement.reply:
                say(transaction, queued, placement.reply, "automatic-reply", now)
    return placed


def _tag(transaction: Transaction, conversation: Conversation, placement: Placement, now: datetime) -> None:
    if contacts.add_tags(transaction, conversation.contact_id, placement.tags):
        _tell(transaction, EventKind.CONTACT_CHANGED, conversation, placement.reason, now)


_PLACEABLE = frozenset((ConversationState.NEW, ConversationState.QUEUED))


def _assign(transaction: Transaction, rows: Rows, decisions: Sequence[Decision], now: datetime) -> Rows:
    wanted = {decision.agent_id for decision in decisions}
    # Who takes one by hand meanwhile is waited for: what they have then is what is looked at.
    agents = people.held(transaction, wanted)
    loads = holdings.loads(transaction.connection, wanted)
    desks = {each: Desk(agent_of(agent), loads.get(each, 0)) for each, agent in agents.items()}
    reach = read_reach(transaction.connection)
    assigned: dict[ConversationId, Conversation] = {}
    for decision in decisions:
        row, desk = rows.get(decision.conversation_id), desks[decision.agent_id]
        member = works_in(reach, decision.queue_id, agents[decision.agent_id].queue_ids)
        if row is not None and member and _still_waits(row, decision) and _still_takes(desk, row):
            desk.load += row.weight
            assigned[row.id] = _given(row, decision, now)
    states.follow(transaction, [(agents[each], desk.load) for each, desk in desks.items()], now)
    return assigned


def _note(transaction: Transaction, plan: Plan, refused: Set[ConversationId], now: datetime) -> None:
    """Say what the decisions came of, which stand behind this, and which were overtaken: so all can be made again."""
    kind = EventKind.ROUTER_TOOK_OVER if plan.told.zone else EventKind.ROUTER_DECIDED
    data = plan.told.as_json() | {"refused": sorted(refused)}
    transaction.emit(Event(kind=kind, at=now, actor=LEASE, data=data))


def _still_waits(row: Conversation, decision: Decision) -> bool:
    is_free = row.state is ConversationState.QUEUED and row.offered_to is None
    return is_free and row.queue_id == decision.queue_id


def _still_takes(desk: Desk, row: Conversation) -> bool:
    return desk.fits(row.weight) and desk.masters(row.skill, row.skill_level)


def _given(row: Conversation, decision: Decision, now: datetime) -> Conversation:
    if decision.terms.offered_until is not None:
        return replace(row, offered_to=decision.agent_id, offered_until=decision.terms.offered_until, changed_at=now)
    return replace(
        row,
        state=ConversationState.ASSIGNED,
        assignee_id=decision.agent_id,
        owner_id=row.owner_id or decision.agent_id,
        changed_at=now,
    )


def _tell(transaction: Transaction, kind: EventKind, conversation: Conversation, reason: str, now: datetime) -> None:
    transaction.emit(
        Event(
            kind=kind,
            at=now,
            actor=LEASE,
            conversation_id=conversation.id,
            contact_id=conversation.contact_id,
            subject_id=conversation.offered_to or conversation.assignee_id or conversation.queue_id,
            reason=reason,
            data={
                "queue_id": conversation.queue_id,
                "assignee_id": conversation.offered_to or conversation.assignee_id,
                "priority": conversation.priority,
                "skill": conversation.skill,
                "skill_level": conversation.skill_level,
                "category": conversation.category,
                "weight": conversation.weight,
            }
            | to_translate(reason),
        )
    )
