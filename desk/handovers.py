"""Handing over (交接班): whoever leaves waits until somebody takes on what they have, or a supervisor lets them go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.clock import Clock
from conversations.conversation import ORDINARY_WEIGHT, Conversation
from conversations.events import Event, EventKind
from conversations.handovers import Briefing, Handover, HandoverState, may_take
from conversations.ids import HandoverId, QueueId, UserId, new_id
from conversations.people import AgentState, User
from conversations.states import follows
from desk import moves
from desk.errors import FirstDo, NotFound, Refused
from desk.reasons import demanded
from storage import handovers, holdings, people, states
from storage.database import Connection, Database, Transaction

_GETS_WORK = (AgentState.READY, AgentState.BUSY, AgentState.WRAP_UP)
"""Also who wraps up: that may end by itself."""

BARE = "hand-over"
"""What the story tells of a conversation that was handed over without a word about it."""


@dataclass(frozen=True)
class Matter:
    """What somebody would hand over, and to whom they could."""

    conversations: Sequence[Conversation]
    receivers: Sequence[User]


class Handovers:
    """Offering, answering, and letting go."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def matter(self, user: User) -> Matter:
        """What there is to hand over now."""
        return await self._database.read(_matter, user)

    async def offer(
        self,
        user: User,
        briefing: Briefing,
        *,
        to: UserId | None = None,
        queue_id: QueueId | None = None,
        signs_out: bool = False,
    ) -> Handover:
        """Offer everything one has to a colleague and wait; or give it to a queue and leave. Raises `Refused`."""
        handover = Handover(
            id=HandoverId(new_id()),
            from_id=user.id,
            to_id=to,
            queue_id=queue_id,
            state=HandoverState.OFFERED,
            briefing=briefing,
            signs_out=signs_out,
            offered_at=self._clock(),
        )
        await self._database.write(_offer, handover)
        return handover

    async def accept(self, user: User, handover_id: HandoverId, word: str, *, beyond_capacity: bool = False) -> None:
        """Take everything on; the one who waits may go. Raises `NotFound` and `Refused`."""

        def change(transaction: Transaction, handover: Handover, now: datetime) -> None:
            held = holdings.held_by(transaction, handover.from_id)
            # Both at once, so that two hand-overs that cross do not wait for each other.
            receiver = people.held(transaction, [user.id, handover.from_id])[user.id]
            if receiver.state is AgentState.OFFLINE:
                raise Refused("Come to work first.")
            if not beyond_capacity and not _fits(transaction.connection, receiver, held):
                raise Refused("This is more than you can have. Say that you take it all the same, or decline.")
            for conversation in held:
                _note(transaction, handover, conversation, now)
                moves.hand(transaction, conversation, user.id, user.id, now, handover.briefing.note or BARE)
            _settle(transaction, handover, HandoverState.ACCEPTED, user.id, now, word)
            _leave(transaction, handover, now)

        await self._answer(handover_id, change, to=user.id)

    async def decline(self, user: User, handover_id: HandoverId, word: str) -> None:
        """Say no, and why. Raises `NotFound` and `Refused`."""
        if not word:
            raise Refused("Say why you decline.")
        await self._answer(
            handover_id, lambda tx, each, now: _settle(tx, each, HandoverState.DECLINED, user.id, now, word), to=user.id
        )

    async def withdraw(self, user: User, handover_id: HandoverId) -> None:
        """Stay after all, or ask somebody else. Raises `NotFound` and `Refused`."""
        await self._answer(
            handover_id, lambda tx, each, now: _settle(tx, each, HandoverState.WITHDRAWN, user.id, now), by=user.id
        )

    async def release(self, by: User, user_id: UserId, reason: str) -> None:
        """Let somebody go who waits; what they have goes back to its queues. Raises `NotFound` and `Refused`."""
        demanded(reason)
        waits = await self._database.read(handovers.offered_by, user_id)
        if waits is None:
            raise NotFound("They do not wait for anybody.")

        def change(transaction: Transaction, handover: Handover, now: datetime) -> None:
            _to_queues(transaction, handover, by.id, now, reason)
            _settle(transaction, handover, HandoverState.RELEASED, by.id, now, reason)
            _leave(transaction, handover, now)

        await self._answer(waits.id, change)

    async def _answer(
        self,
        handover_id: HandoverId,
        change: Callable[[Transaction, Handover, datetime], None],
        *,
        by: UserId | None = None,
        to: UserId | None = None,
    ) -> None:
        """Settle one, if it was offered by this person and to that one."""

        def act(transaction: Transaction) -> None:
            handover = handovers.hold(transaction, handover_id)
            if handover is None or (by or handover.from_id, to or handover.to_id) != (handover.from_id, handover.to_id):
                raise NotFound("There is no such hand-over.")
            if handover.state is not HandoverState.OFFERED:
                raise Refused("This hand-over was settled meanwhile.")
            change(transaction, handover, self._clock())

        await self._database.write(act)


def check_leaving(connection: Connection, user_id: UserId) -> None:
    """Nobody leaves with what is not handed over. Raises `FirstDo`."""
    if handovers.offered_by(connection, user_id):
        raise FirstDo("hand-over", "Your hand-over is not accepted yet.")
    if holdings.with_agent(connection, user_id):
        raise FirstDo("hand-over", "You have open conversations. Hand them over first.")


def check_staying(connection: Connection, user_id: UserId) -> None:
    """Nobody takes new work while they wait to leave. Raises `Refused`."""
    if handovers.offered_by(connection, user_id):
        raise Refused("You wait for your hand-over to be accepted. Withdraw it first.")


def fits(connection: Connection, handover: Handover, receiver: User) -> bool:
    """Whether what is offered is within the capacity of the one who is asked."""
    return _fits(connection, receiver, holdings.with_agent(connection, handover.from_id))


def _fits(connection: Connection, receiver: User, more: Sequence[Conversation]) -> bool:
    load = holdings.loads(connection, [receiver.id]).get(receiver.id, 0)
    return load + sum(each.weight for each in more) <= receiver.capacity * ORDINARY_WEIGHT


def _matter(connection: Connection, user: User) -> Matter:
    found = holdings.with_agent(connection, user.id)
    others = [each for each in people.listed(connection) if each.id != user.id]
    return Matter(found, [other for other in others if all(may_take(other, each) for each in found)])


def _offer(transaction: Transaction, handover: Handover) -> None:
    held = holdings.held_by(transaction, handover.from_id)
    user = people.held(transaction, [handover.from_id])[handover.from_id]
    _must_make_sense(transaction.connection, handover, user, held)
    if handover.to_id is None:
        _to_queues(transaction, handover, user.id, handover.offered_at, handover.briefing.note)
        handovers.add(transaction, handover)
        _settle(transaction, handover, HandoverState.QUEUED, user.id, handover.offered_at)
        _leave(transaction, handover, handover.offered_at)
        return
    handovers.add(transaction, handover)
    _tell(transaction, EventKind.HANDOVER_OFFERED, handover, user.id, handover.offered_at, handover.briefing.note)
    # What is offered must not grow under the eyes of who is asked.
    if user.state in _GETS_WORK:
        states.set_state(transaction, user.id, AgentState.WRAP_UP, handover.offered_at, user.id, "")


def _must_make_sense(connection: Connection, handover: Handover, user: User, held: Sequence[Conversation]) -> None:
    if user.state is AgentState.OFFLINE or not held:
        raise Refused("You have nothing to hand over.")
    if handovers.offered_by(connection, user.id):
        raise Refused("Your hand-over is not accepted yet.")
    if not handover.briefing.note:
        raise Refused("Write what the next one should know.")
    to = None if handover.to_id is None else people.get(connection, handover.to_id)
    if handover.to_id and (to is None or to.id == user.id or not all(may_take(to, each) for each in held)):
        raise Refused("They cannot take all of this: they are not at work, or it is not theirs to see.")


def _to_queues(transaction: Transaction, handover: Handover, by: UserId, now: datetime, reason: str) -> None:
    for conversation in holdings.held_by(transaction, handover.from_id):
        _note(transaction, handover, conversation, now)
        moves.give_to_queue(transaction, conversation, by, handover.queue_id, now, reason)


def _note(transaction: Transaction, handover: Handover, conversation: Conversation, now: datetime) -> None:
    text = handover.briefing.notes.get(conversation.id)
    if text:
        key = f"{conversation.id}/handover-{handover.id}"
        moves.note(transaction, conversation, handover.from_id, text, key, now)


def _settle(
    transaction: Transaction, handover: Handover, state: HandoverState, by: UserId, now: datetime, answer: str = ""
) -> None:
    values = {"state": state, "settled_at": now, "settled_by": by, "answer": answer}
    handovers.change(transaction, handover.id, values)
    _tell(transaction, EventKind.HANDOVER_SETTLED, handover, by, now, answer, state)


def _leave(transaction: Transaction, handover: Handover, now: datetime) -> None:
    """Out, and where they asked for it signed out everywhere."""
    user = people.held(transaction, [handover.from_id])[handover.from_id]
    if follows(user.state, AgentState.OFFLINE):
        states.set_state(transaction, user.id, AgentState.OFFLINE, now, user.id, "", why=BARE)
    if handover.signs_out:
        people.close_sessions_of(transaction, user.id)


def _tell(
    transaction: Transaction,
    kind: EventKind,
    handover: Handover,
    actor: UserId,
    now: datetime,
    reason: str,
    state: HandoverState = HandoverState.OFFERED,
) -> None:
    data = {"handover": handover.id, "from_id": handover.from_id, "to_id": handover.to_id, "state": state}
    transaction.emit(Event(kind=kind, at=now, actor=actor, subject_id=handover.from_id, reason=reason, data=data))
