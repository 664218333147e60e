"""What agents have, and what is offered to them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, func, select

from conversations.conversation import Conversation, ConversationState
from conversations.ids import UserId
from storage.conversations import conversation_of
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.rows import fields_of
from storage.tables import conversations

WITH_AN_AGENT = (ConversationState.ASSIGNED, ConversationState.WAITING)
"""What counts as an agent's load: a customer who is waited for may write at any moment."""


HOLDER = func.coalesce(conversations.c.offered_to, conversations.c.assignee_id)
"""Whom a conversation keeps busy: what is offered to somebody has no assignee."""

_LOADS = Lookup(
    select(HOLDER.label("agent"), func.sum(conversations.c.weight).label("load"))
    .where(
        (among(conversations.c.assignee_id, texts("agents")) & among(conversations.c.state, WITH_AN_AGENT))
        | among(conversations.c.offered_to, texts("agents"))
    )
    .group_by(HOLDER)
)


def loads(connection: Connection, agents: Iterable[UserId]) -> dict[UserId, int]:
    """What each of these agents has, in quarters of an ordinary conversation; 0 is left out.

    Those that wait for the customer count too, and those that are offered to them.
    """
    return {agent: int(load) for agent, load in _LOADS.run(connection, agents=agents)}


def unanswered_with(transaction: Transaction, agents: Iterable[UserId]) -> list[Conversation]:
    """The conversations in which a customer waits for one of these agents, held until the commit."""
    rows = transaction.connection.execute(
        select(conversations)
        .where(
            among(conversations.c.assignee_id, agents),
            conversations.c.state == ConversationState.ASSIGNED,
            conversations.c.unanswered_since.is_not(None),
        )
        .order_by(conversations.c.id)
        .with_for_update(key_share=True)
    )
    return [conversation_of(fields_of(row)) for row in rows]


def with_agent(connection: Connection, agent_id: UserId) -> list[Conversation]:
    """Everything an agent has, the oldest first."""
    return [conversation_of(fields_of(row)) for row in connection.execute(_with_agent(agent_id))]


def held_by(transaction: Transaction, agent_id: UserId) -> list[Conversation]:
    """The same, held until the commit."""
    rows = transaction.connection.execute(_with_agent(agent_id).with_for_update(key_share=True))
    return [conversation_of(fields_of(row)) for row in rows]


def _with_agent(agent_id: UserId) -> Select[Any]:
    is_theirs = (conversations.c.assignee_id == agent_id) & conversations.c.state.in_(WITH_AN_AGENT)
    return select(conversations).where(is_theirs).order_by(conversations.c.id)


def offered_to(connection: Connection, agent_id: UserId) -> list[Conversation]:
    """What is offered to an agent now, the oldest offer first."""
    rows = connection.execute(
        select(conversations).where(conversations.c.offered_to == agent_id).order_by(conversations.c.offered_until)
    )
    return [conversation_of(fields_of(row)) for row in rows]
