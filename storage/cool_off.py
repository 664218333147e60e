"""Cooling off: it ends by itself at its time, for whoever is at their screen by then."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from conversations.ids import UserId
from conversations.people import AgentState, User
from storage import people, states
from storage.database import Transaction
from storage.tables import users


def over(connection: Connection, now: datetime, seen_since: datetime) -> list[UserId]:
    """Whose time to cool off is over, and whose screen was connected since then."""
    is_over = (users.c.state == AgentState.COOL_OFF) & (users.c.state_until <= now)
    rows = connection.execute(select(users.c.id).where(is_over, users.c.seen_at >= seen_since))
    return [UserId(row.id) for row in rows]


def finish(transaction: Transaction, ids: Iterable[UserId], now: datetime) -> None:
    """They are ready again; who had not come to work before has not now."""
    cooled = [agent for agent in people.held(transaction, ids).values() if _is_over(agent, now)]
    for agent in cooled:
        begun = states.before(transaction.connection, agent) is not AgentState.SIGNED_IN
        state = AgentState.READY if begun else AgentState.SIGNED_IN
        states.set_state(transaction, agent.id, state, now, "system", "", why="cooling off is over")
    states.follow_load(transaction, [agent.id for agent in cooled], now)


def _is_over(agent: User, now: datetime) -> bool:
    return agent.state is AgentState.COOL_OFF and agent.state_until is not None and agent.state_until <= now
