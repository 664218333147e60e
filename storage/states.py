"""What agents do: the states that follow by themselves, and the account of every second."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, insert, or_, select, update

from conversations.conversation import ORDINARY_WEIGHT, ConversationState
from conversations.events import Event, EventKind
from conversations.ids import UserId
from conversations.people import AgentState, User
from conversations.states import AFTERWARDS, NEEDS_SCREEN, ON_DUTY, Span
from storage import hands, people
from storage.database import Transaction
from storage.holdings import loads
from storage.lookups import among
from storage.tables import agent_spans, conversations, users

GONE = "went offline"
"""Why a hand is lowered that nobody lowered."""


def set_state(
    transaction: Transaction,
    user_id: UserId,
    state: AgentState,
    now: datetime,
    actor: str,
    reason: str,
    *,
    why: str = "",
    until: datetime | None = None,
    kind: EventKind = EventKind.AGENT_STATE_CHANGED,
) -> None:
    """Say what a person does now; their last span ends where the new one begins. Who comes to work counts as seen,
    and who leaves asks for help no longer.

    `why` is what the story tells when that is more than the state's own reason; `until` when it should be over.
    """
    before = _held(transaction, user_id)
    # Clocks of two processes may disagree; a person's time never goes back.
    at = max(now, before.state_since)
    values: dict[str, object] = {"state": state, "state_reason": reason, "state_since": at, "state_until": until}
    if state in NEEDS_SCREEN:
        values["seen_at"] = at
    transaction.connection.execute(update(users).where(users.c.id == user_id).values(**values))
    _begin_span(transaction, user_id, at, {"state": state, "reason": reason, "actor": actor})
    transaction.emit(
        Event(
            kind=kind,
            at=now,
            actor=actor,
            subject_id=user_id,
            reason=why or reason,
            data={"state": state},
        )
    )
    if state is AgentState.OFFLINE:
        hands.lower_of(transaction, user_id, actor, now, GONE)


def seen(transaction: Transaction, ids: Iterable[UserId], now: datetime) -> None:
    """Note that these people's screens are connected."""
    transaction.connection.execute(update(users).where(among(users.c.id, ids)).values(seen_at=now))


def last_seen(connection: Connection) -> dict[UserId, datetime]:
    """When the screen of each person on the floor was connected last."""
    rows = connection.execute(
        select(users.c.id, users.c.seen_at).where(users.c.state.in_(ON_DUTY), users.c.seen_at.is_not(None))
    )
    return {UserId(user_id): seen_at for user_id, seen_at in rows}


def follow_load(transaction: Transaction, ids: Iterable[UserId], now: datetime) -> None:
    """Make those busy who are ready and full, and those ready who have room again."""
    agents = people.held(transaction, ids)
    carried = loads(transaction.connection, agents)
    follow(transaction, [(agent, carried.get(agent.id, 0)) for agent in agents.values()], now)


def follow(transaction: Transaction, agents: Iterable[tuple[User, int]], now: datetime) -> None:
    """The same for people who are held already, each with what they have by now."""
    for agent, load in agents:
        state = _by_load(agent, load)
        if agent.state in _BY_LOAD and state is not agent.state:
            kind = EventKind.AGENT_LOAD_CHANGED
            set_state(transaction, agent.id, state, now, _SYSTEM, "", kind=kind)


def unseen(connection: Connection, since: datetime) -> list[UserId]:
    """Who should be at a screen, and was not seen at one since then."""
    rows = connection.execute(select(users.c.id).where(users.c.state.in_(NEEDS_SCREEN), users.c.seen_at < since))
    return [UserId(row.id) for row in rows]


def awaited(connection: Connection, since: datetime) -> list[UserId]:
    """Whose customers wait although nobody was at their screen since then, whatever they call themselves."""
    of_theirs = (conversations.c.assignee_id == users.c.id) & (conversations.c.state == ConversationState.ASSIGNED)
    waits = exists().where(of_theirs, conversations.c.unanswered_since.is_not(None))
    rows = connection.execute(select(users.c.id).where(users.c.seen_at < since, waits))
    return [UserId(row.id) for row in rows]


def silent(connection: Connection, ids: Iterable[UserId], since: datetime) -> list[UserId]:
    """Who of these was not seen since then."""
    rows = connection.execute(select(users.c.id).where(among(users.c.id, ids), users.c.seen_at < since))
    return [UserId(row.id) for row in rows]


def lose(transaction: Transaction, ids: Iterable[UserId], since: datetime, now: datetime) -> None:
    """Note that the connection of these people is lost, if they were not seen meanwhile."""
    still = set(unseen(transaction.connection, since)).intersection(ids)
    for agent in people.held(transaction, still).values():
        if agent.state in NEEDS_SCREEN:
            follows = agent.state is AgentState.BUSY or agent.state_reason == AFTERWARDS
            interrupted = AgentState.READY if follows else agent.state
            state = AgentState.CONNECTION_LOST
            set_state(transaction, agent.id, state, now, _SYSTEM, interrupted, why="connection lost")


def see(transaction: Transaction, ids: Iterable[UserId], now: datetime) -> None:
    """Note that these people's screens are connected; who was lost goes on where they were."""
    seen(transaction, ids, now)
    lost = [each for each in people.many(transaction.connection, ids).values() if _is_lost(each)]
    back = [each for each in people.held(transaction, [each.id for each in lost]).values() if _is_lost(each)]
    for agent in back:
        set_state(transaction, agent.id, AgentState(agent.state_reason), now, _SYSTEM, "", why="connected again")
    follow_load(transaction, [agent.id for agent in back], now)


def spans(
    connection: Connection, start: datetime, end: datetime, user_id: UserId | None = None
) -> dict[UserId, list[Span]]:
    """What people, or one person, did between these moments, in its order. The first span may begin before."""
    query = select(agent_spans).where(
        agent_spans.c.since < end, or_(agent_spans.c.until.is_(None), agent_spans.c.until > start)
    )
    if user_id is not None:
        query = query.where(agent_spans.c.user_id == user_id)
    found: dict[UserId, list[Span]] = {}
    for row in connection.execute(query.order_by(agent_spans.c.since)):
        span = Span(UserId(row.user_id), AgentState(row.state), row.reason, row.since, row.until)
        found.setdefault(span.user_id, []).append(span)
    return found


def before(connection: Connection, user: User) -> AgentState | None:
    """What a person did before what they do now."""
    ended_then = (agent_spans.c.user_id == user.id) & (agent_spans.c.until == user.state_since)
    found = connection.execute(select(agent_spans.c.state).where(ended_then)).scalar_one_or_none()
    return None if found is None else AgentState(found)


_SYSTEM = "system"

_BY_LOAD = (AgentState.READY, AgentState.BUSY)


def _is_lost(user: User) -> bool:
    return user.state is AgentState.CONNECTION_LOST


def _by_load(agent: User, load: int) -> AgentState:
    is_full = load >= agent.capacity * ORDINARY_WEIGHT
    return AgentState.BUSY if is_full else AgentState.READY


def _held(transaction: Transaction, user_id: UserId) -> Row[Any]:
    query = select(users.c.state_since).where(users.c.id == user_id).with_for_update(key_share=True)
    return transaction.connection.execute(query).one()


def _begin_span(transaction: Transaction, user_id: UserId, at: datetime, values: dict[str, object]) -> None:
    run, of_person = transaction.connection.execute, agent_spans.c.user_id == user_id
    run(update(agent_spans).where(of_person, agent_spans.c.until.is_(None)).values(until=at))
    # What lasted no time at all did not happen.
    run(delete(agent_spans).where(of_person, agent_spans.c.since == at))
    run(insert(agent_spans).values(user_id=user_id, since=at, **values))
