"""Faults of machines, from a conversation: the table's clock runs, and the designated unit gets it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from conversations.clock import Clock
from conversations.conversation import Conversation
from conversations.deadlines import DeadlineKind, Outcome
from conversations.events import EventKind
from conversations.faults import Fault, Machine, Report, Urgency
from conversations.help import concerned
from conversations.ids import ConversationId, FaultId, MachineId, new_id
from conversations.parts import Text
from conversations.people import Role, User
from desk import moves
from desk.automatic import AutomaticReplies
from desk.errors import NotFound, Refused
from desk.zones import zone_of_contact
from routing.clocks import promises
from routing.clocks.calendars import NeverOpen, read_calendar
from routing.clocks.faults import PROMISES, Case, due
from storage import alerts, calendars, conversations, faults, machines, people
from storage.database import Database, Transaction
from templates.renderer import render_shipped


class Faults:
    """Each act writes the promise anew, tells the customer until when, and tells the story who did what."""

    def __init__(self, database: Database, clock: Clock, tell: AutomaticReplies, language: str, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._tell = tell
        self._language = language
        self._zone = zone

    async def report(
        self, user: User, conversation_id: ConversationId, machine_id: MachineId, fault: Fault, urgent: str
    ) -> None:
        """Write down what happened; `urgent` says why it is an emergency, and asks for an approval.

        Raises `Refused` and `NotFound`.
        """

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            known = faults.unsettled(transaction.connection, held.id)
            if any((each.machine_id, each.fault) == (machine_id, fault) for each in known):
                raise Refused("This fault of this machine is reported here already.")
            new = Report(
                id=FaultId(new_id()),
                conversation_id=held.id,
                machine_id=machine_id,
                fault=fault,
                urgency=Urgency.ASKED if urgent else Urgency.ORDINARY,
                reason=urgent,
                reported_at=now,
                reported_by=user.id,
            )
            if _machine(transaction, new).retired_at is not None:
                raise Refused("This machine is out of use.")
            faults.add(transaction, new)
            self._promise(transaction, held, new, user, now)
            if not _with_units(transaction, known):
                _to_the_unit(transaction, held, [new], user, now)

        await self._act(user, conversation_id, change)

    async def clear(self, user: User, conversation_id: ConversationId, fault_id: FaultId, at: datetime) -> None:
        """Say when a difference of cash was cleared: its time runs from there. Raises `Refused` and `NotFound`."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            known = _unsettled(transaction, held, fault_id)
            if known.fault is not Fault.CASH_DIFFERENCE or at > now:
                raise Refused("Only a difference of cash is cleared, and at a time that is past.")
            cleared = replace(known, cleared_at=at)
            faults.change(transaction, known.id, {"cleared_at": at})
            self._promise(transaction, held, cleared, user, now)

        await self._act(user, conversation_id, change)

    async def decide(self, by: User, conversation_id: ConversationId, fault_id: FaultId, approved: bool) -> None:
        """Allow an emergency to be handled as one, or not. Raises `Refused` and `NotFound`."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            known = _unsettled(transaction, held, fault_id)
            _must_be_decided_by(by, known)
            urgency = Urgency.APPROVED if approved else Urgency.DECLINED
            faults.change(transaction, known.id, {"urgency": urgency, "decided_by": by.id})
            decided = replace(known, urgency=urgency, decided_by=by.id)
            if approved:
                self._promise(transaction, held, decided, by, now)
            else:
                _tell(transaction, EventKind.FAULT_CHANGED, held, decided, by, now)

        await self._act(by, conversation_id, change)

    async def settle(self, user: User, conversation_id: ConversationId, fault_id: FaultId) -> None:
        """Say that one fault is settled; the unit of the next one gets the conversation.

        Raises `Refused` and `NotFound`.
        """

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            known = _unsettled(transaction, held, fault_id)
            faults.change(transaction, known.id, {"settled_at": now, "settled_by": user.id})
            promises.end(transaction, held, [DeadlineKind.FAULT], Outcome.MET, now, actor=user.id, about=known.id)
            _tell(transaction, EventKind.FAULT_SETTLED, held, known, user, now)
            _to_the_unit(transaction, held, faults.unsettled(transaction.connection, held.id), user, now)

        await self._act(user, conversation_id, change)

    async def _act(self, user: User, conversation_id: ConversationId, change: moves.Change) -> None:
        await self._database.write(moves.act_on_open, user, conversation_id, change, self._clock())

    def _promise(self, transaction: Transaction, held: Conversation, report: Report, user: User, now: datetime) -> None:
        """Until when it is settled, as the table says; nothing as long as its time has not begun."""
        _tell(transaction, EventKind.FAULT_CHANGED, held, report, user, now)
        machine = _machine(transaction, report)
        due_at = _due_at(transaction, report, machine)
        if due_at is None:
            return
        zone = zone_of_contact(transaction.connection, held.contact_id, now) or self._zone
        about = {"reason": machine.name, "time_zone": zone.key, "about": report.id}
        new = promises.promise(transaction, held, DeadlineKind.FAULT, due_at, now, actor=user.id, **about)
        told = {"when": due_at.astimezone(zone), "machine": machine.name}
        words = render_shipped("promise/fault.txt", held.language or self._language, told)
        self._tell.tell(transaction, held, Text(words), f"fault-{new.id}", now)


def _machine(transaction: Transaction, report: Report) -> Machine:
    found = machines.get(transaction.connection, report.machine_id)
    if found is None:
        raise NotFound("There is no such machine.")
    return found


def _unsettled(transaction: Transaction, held: Conversation, fault_id: FaultId) -> Report:
    found = [each for each in faults.of_conversation(transaction.connection, held.id) if each.id == fault_id]
    if not found:
        raise NotFound("This fault is not reported here.")
    if found[0].settled_at is not None:
        raise Refused("This fault is settled.")
    return found[0]


def _must_be_decided_by(by: User, report: Report) -> None:
    if report.urgency is not Urgency.ASKED:
        raise Refused("Nobody asks for emergency handling here.")
    if by.role is Role.AGENT or by.id == report.reported_by:
        raise Refused("An emergency is approved by a supervisor, and not by whoever asks for it.")


def _due_at(transaction: Transaction, report: Report, machine: Machine) -> datetime | None:
    case = Case(report.fault, machine.site, report.urgency is Urgency.APPROVED)
    since = report.cleared_at if PROMISES[case].since == "clearing" else report.reported_at
    calendar = calendars.get(transaction.connection, machine.calendar_id)
    if since is None or calendar is None:
        return None
    try:
        return due(case, since, read_calendar(calendar)).at
    except NeverOpen as error:
        raise Refused("This calendar is never open.") from error


def _with_units(transaction: Transaction, reports: Sequence[Report]) -> list[Machine]:
    """The machines of these for which a designated unit answers, in their order."""
    return [machine for each in reports if (machine := _machine(transaction, each)).queue_id is not None]


def _to_the_unit(
    transaction: Transaction, held: Conversation, reports: Sequence[Report], user: User, now: datetime
) -> None:
    """The first designated unit gets it; whoever took the report stays responsible towards the customer, and follows
    it."""
    machine = next(iter(_with_units(transaction, reports)), None)
    if machine is None or machine.queue_id == held.queue_id:
        return
    values = {"owner_id": held.owner_id or user.id, "escalated_at": now}
    conversations.change(transaction, held.id, values)
    moves.give_to_queue(transaction, held, user.id, machine.queue_id, now, f"answers for {machine.name}")


def _tell(
    transaction: Transaction, kind: EventKind, held: Conversation, report: Report, user: User, now: datetime
) -> None:
    asks = report.urgency is Urgency.ASKED and kind is EventKind.FAULT_CHANGED
    places = concerned(held.queue_id, user)
    told = people.leaders_of(transaction.connection, places, user.id) if asks else [report.reported_by]
    event = moves.event(
        held,
        kind,
        user.id,
        now,
        reason=report.reason,
        data={
            "fault_id": report.id,
            "fault": report.fault,
            "urgency": report.urgency,
            "machine_id": report.machine_id,
            "name": user.name,
        },
    )
    alerts.alert(transaction, [each for each in told if each != user.id], event)
