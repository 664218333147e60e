"""Faults of machines, from a conversation: the table's clock runs, and the designated unit gets it."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from conversations.clock import Clock
from conversations.conversation import Conversation
from conversations.deadlines import DeadlineKind
from conversations.events import EventKind
from conversations.faults import Fault, Machine, Report, Urgency
from conversations.help import concerned
from conversations.ids import ConversationId, FaultId, MachineId, new_id
from conversations.parts import Text
from conversations.people import Role, User
from desk import moves
from desk.automatic import AutomaticReplies
from desk.errors import NotFound, Refused
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
            if faults.of_conversation(transaction.connection, held.id):
                raise Refused("A fault is reported here already.")
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
            machine = _machine(transaction, new)
            faults.add(transaction, new)
            self._promise(transaction, held, new, machine, user, now)
            _to_its_unit(transaction, held, machine, user, now)

        await self._act(user, conversation_id, change)

    async def clear(self, user: User, conversation_id: ConversationId, at: datetime) -> None:
        """Say when a difference of cash was cleared: its time runs from there. Raises `Refused` and `NotFound`."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            known = _reported(transaction, held)
            if known.fault is not Fault.CASH_DIFFERENCE or at > now:
                raise Refused("Only a difference of cash is cleared, and at a time that is past.")
            cleared = replace(known, cleared_at=at)
            faults.change(transaction, known.id, {"cleared_at": at})
            self._promise(transaction, held, cleared, _machine(transaction, known), user, now)

        await self._act(user, conversation_id, change)

    async def decide(self, by: User, conversation_id: ConversationId, approved: bool) -> None:
        """Allow an emergency to be handled as one, or not. Raises `Refused` and `NotFound`."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            known = _reported(transaction, held)
            _must_be_decided_by(by, known)
            urgency = Urgency.APPROVED if approved else Urgency.DECLINED
            faults.change(transaction, known.id, {"urgency": urgency, "decided_by": by.id})
            decided = replace(known, urgency=urgency, decided_by=by.id)
            if approved:
                self._promise(transaction, held, decided, _machine(transaction, known), by, now)
            else:
                _tell(transaction, held, decided, by, now)

        await self._act(by, conversation_id, change)

    async def _act(self, user: User, conversation_id: ConversationId, change: moves.Change) -> None:
        await self._database.write(moves.act_on_open, user, conversation_id, change, self._clock())

    def _promise(
        self, transaction: Transaction, held: Conversation, report: Report, machine: Machine, user: User, now: datetime
    ) -> None:
        """Until when it is settled, as the table says; nothing as long as its time has not begun."""
        _tell(transaction, held, report, user, now)
        due_at = _due_at(transaction, report, machine)
        if due_at is None:
            return
        kind = DeadlineKind.FAULT
        new = promises.promise(transaction, held, kind, due_at, now, actor=user.id, reason=machine.name)
        words = render_shipped(
            "promise/fault.txt", held.language or self._language, {"when": due_at.astimezone(self._zone)}
        )
        self._tell.tell(transaction, held, Text(words), f"fault-{new.id}", now)


def _machine(transaction: Transaction, report: Report) -> Machine:
    found = machines.get(transaction.connection, report.machine_id)
    if found is None:
        raise NotFound("There is no such machine.")
    return found


def _reported(transaction: Transaction, held: Conversation) -> Report:
    found = faults.of_conversation(transaction.connection, held.id)
    if found is None:
        raise NotFound("No fault is reported here.")
    return found


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


def _to_its_unit(transaction: Transaction, held: Conversation, machine: Machine, user: User, now: datetime) -> None:
    """The designated unit gets it; whoever took the report stays responsible towards the customer, and follows it."""
    if machine.queue_id is None or machine.queue_id == held.queue_id:
        return
    values = {"owner_id": held.owner_id or user.id, "escalated_at": now}
    conversations.change(transaction, held.id, values)
    moves.give_to_queue(transaction, held, user.id, machine.queue_id, now, f"answers for {machine.name}")


def _tell(transaction: Transaction, held: Conversation, report: Report, user: User, now: datetime) -> None:
    asks = report.urgency is Urgency.ASKED
    places = concerned(held.queue_id, user)
    told = people.leaders_of(transaction.connection, places, user.id) if asks else [report.reported_by]
    event = moves.event(
        held,
        EventKind.FAULT_CHANGED,
        user.id,
        now,
        reason=report.reason,
        data={"fault": report.fault, "urgency": report.urgency, "machine_id": report.machine_id, "name": user.name},
    )
    alerts.alert(transaction, [each for each in told if each != user.id], event)
