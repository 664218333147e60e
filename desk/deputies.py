"""Deputies: who stands in for somebody who is away, by their own word or by that of who looks after them."""

from datetime import datetime

from conversations.clock import Clock
from conversations.events import Event, EventKind
from conversations.help import looks_after
from conversations.ids import UserId
from conversations.people import Role, User
from conversations.reasons import Reason, to_translate
from desk.errors import NotFound, Refused
from desk.reasons import demanded
from storage import alerts, people
from storage.database import Database, Transaction


class Deputies:
    """Whoever stands in, and whoever stood in before, is told, with the reason."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def name(self, by: User, user_id: UserId, deputy_id: UserId | None, reason: str) -> None:
        """Say who stands in for a person from now on, or that nobody does. Raises `Refused` and `NotFound`."""
        demanded(reason)
        if user_id == deputy_id:
            raise Refused("Nobody stands in for themselves.")
        await self._database.write(_name, by, user_id, deputy_id, reason, self._clock())


def may_name(by: User, person: User) -> bool:
    """People say it of themselves, supervisors of those they look after, administrators of everybody."""
    return by.id == person.id or by.role is Role.ADMIN or looks_after(by, person)


def _name(
    transaction: Transaction, by: User, user_id: UserId, deputy_id: UserId | None, reason: str, now: datetime
) -> None:
    wanted = [each for each in (user_id, deputy_id) if each]
    known = {each.id: each for each in people.held(transaction, wanted).values() if each.enabled}
    if len(known) < len(wanted):
        raise NotFound("This person does not exist.")
    if not may_name(by, known[user_id]):
        raise Refused("Only who looks after this person says who stands in for them.")
    if known[user_id].deputy_id != deputy_id:
        people.change(transaction, user_id, {"deputy_id": deputy_id}, now, by.id)
        _tell(transaction, by, known[user_id], known[deputy_id] if deputy_id else None, reason, now)


def _tell(transaction: Transaction, by: User, person: User, deputy: User | None, reason: str, now: datetime) -> None:
    told = (person.id, person.deputy_id, deputy.id if deputy else None)
    why = _said(person, deputy, reason)
    event = Event(
        kind=EventKind.DEPUTY_NAMED,
        at=now,
        actor=by.id,
        subject_id=person.id,
        reason=why,
        data={"deputy_id": deputy.id if deputy else None, **to_translate(why)},
    )
    alerts.alert(transaction, [each for each in told if each and each != by.id], event)


def _said(person: User, deputy: User | None, why: str) -> Reason:
    if deputy is None:
        return Reason("Nobody stands in for {name} any more: {why}", name=person.name, why=why)
    return Reason("{deputy} stands in for {name}: {why}", deputy=deputy.name, name=person.name, why=why)
