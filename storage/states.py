"""What agents do: the states that follow by themselves, and the account of every second."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, or_, select

from conversations.conversation import ORDINARY_WEIGHT
from conversations.events import EventKind
from conversations.ids import UserId
from conversations.people import AgentState, User
from conversations.states import NEEDS_SCREEN, Span
from storage import people
from storage.conversations import loads
from storage.database import Transaction
from storage.tables import agent_spans, users


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
            people.set_state(transaction, agent.id, state, now, _SYSTEM, "", kind=kind)


def unseen(connection: Connection, since: datetime) -> list[UserId]:
    """Who should be at a screen, and was not seen at one since then."""
    rows = connection.execute(select(users.c.id).where(users.c.state.in_(NEEDS_SCREEN), users.c.seen_at < since))
    return [UserId(row.id) for row in rows]


def lose(transaction: Transaction, ids: Iterable[UserId], since: datetime, now: datetime) -> None:
    """Note that the connection of these people is lost, if they were not seen meanwhile."""
    still = set(unseen(transaction.connection, since)).intersection(ids)
    for agent in people.held(transaction, still).values():
        if agent.state in NEEDS_SCREEN:
            interrupted = AgentState.READY if agent.state is AgentState.BUSY else agent.state
            state = AgentState.CONNECTION_LOST
            people.set_state(transaction, agent.id, state, now, _SYSTEM, interrupted, why="connection lost")


def see(transaction: Transaction, ids: Iterable[UserId], now: datetime) -> None:
    """Note that these people's screens are connected; who was lost goes on where they were."""
    people.seen(transaction, ids, now)
    lost = [each for each in people.many(transaction.connection, ids).values() if _is_lost(each)]
    back = [each for each in people.held(transaction, [each.id for each in lost]).values() if _is_lost(each)]
    for agent in back:
        people.set_state(transaction, agent.id, AgentState(agent.state_reason), now, _SYSTEM, "", why="connected again")
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


_SYSTEM = "system"

_BY_LOAD = (AgentState.READY, AgentState.BUSY)


def _is_lost(user: User) -> bool:
    return user.state is AgentState.CONNECTION_LOST


def _by_load(agent: User, load: int) -> AgentState:
    is_full = load >= agent.capacity * ORDINARY_WEIGHT
    return AgentState.BUSY if is_full else AgentState.READY
