"""Conversations: finding and holding them, and the changes of their state."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, true, update

from conversations.conversation import OPEN, Conversation, ConversationState, may_reopen
from conversations.events import Event, EventKind
from conversations.ids import ContactId, ConversationId
from conversations.people import Scope
from storage.bulk import Bulk
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.rows import fields_of
from storage.scopes import within
from storage.tables import conversations, queues


def get(connection: Connection, conversation_id: ConversationId, scope: Scope | None = None) -> Conversation | None:
    """One conversation, or None when it does not exist or is outside `scope`."""
    condition = true() if scope is None else within(scope)
    row = connection.execute(
        select(conversations).where(conversations.c.id == conversation_id, condition)
    ).one_or_none()
    return None if row is None else conversation_of(fields_of(row))


def lock(transaction: Transaction, conversation_id: ConversationId) -> Conversation | None:
    """One conversation, held against other writers until the commit."""
    return hold(transaction, [conversation_id]).get(conversation_id)


_OF_IDS = select(conversations).where(among(conversations.c.id, texts("ids")))
_MANY = Lookup(_OF_IDS)
_HELD = Lookup(_OF_IDS.order_by(conversations.c.id).with_for_update(key_share=True))


def many(connection: Connection, ids: Iterable[ConversationId]) -> dict[ConversationId, Conversation]:
    """Several conversations by id."""
    return {found.id: found for found in map(conversation_of, _MANY.named(connection, ids=ids))}


def hold(transaction: Transaction, ids: Iterable[ConversationId]) -> dict[ConversationId, Conversation]:
    """Several conversations by id, held against other writers until the commit."""
    return {found.id: found for found in map(conversation_of, _HELD.named(transaction.connection, ids=ids))}


_ADD = Bulk.insert(conversations)


def add(transaction: Transaction, new: Sequence[Conversation], joinable: bool) -> None:
    """Open conversations; a joinable one is the contact's only one, or the database refuses."""
    rows = [{**vars(each), "join_key": each.contact_id if joinable else None} for each in new]
    _ADD.run(transaction.connection, rows)


_SETTLED = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(
        state=bindparam("to_state"),
        queue_id=bindparam("queue"),
        assignee_id=bindparam("assignee"),
        owner_id=bindparam("owner"),
        priority=bindparam("to_priority"),
        skill=bindparam("to_skill"),
        skill_level=bindparam("to_skill_level"),
        category=bindparam("to_category"),
        weight=bindparam("to_weight"),
        offered_to=bindparam("to_agent"),
        offered_until=bindparam("until"),
        declined=bindparam("to_declined"),
        changed_at=bindparam("at"),
    )
)


def _offer_of(each: Conversation) -> dict[str, object]:
    """Only what waits is offered."""
    waits = each.state is ConversationState.QUEUED
    return {
        "to_agent": each.offered_to if waits else None,
        "until": each.offered_until if waits else None,
        "to_declined": each.declined if waits else {},
    }


def settle(transaction: Transaction, changed: Sequence[Conversation]) -> None:
    """Write where conversations are, what they ask for and who has them, many at once."""
    if changed:
        transaction.connection.execute(
            _SETTLED,
            [
                {
                    "conversation": each.id,
                    "to_state": each.state,
                    "queue": each.queue_id,
                    "assignee": each.assignee_id,
                    "owner": each.owner_id,
                    "to_priority": each.priority,
                    "to_skill": each.skill,
                    "to_skill_level": each.skill_level,
                    "to_category": each.category,
                    "to_weight": each.weight,
                    **_offer_of(each),
                    "at": each.changed_at,
                }
                for each in changed
            ],
        )


_NOT_OFFERED: Mapping[str, object] = {"offered_to": None, "offered_until": None, "declined": {}}


def change(transaction: Transaction, conversation_id: ConversationId, values: Mapping[str, object]) -> None:
    """Write some columns of one conversation. With its state every offer of it is over."""
    if "state" in values:
        values = {**_NOT_OFFERED, **values}
    transaction.connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(**values))


def close(transaction: Transaction, conversation_id: ConversationId, now: datetime) -> None:
    """End a conversation for good: nothing joins it any more."""
    change(transaction, conversation_id, {"state": ConversationState.CLOSED, "changed_at": now, "join_key": None})


def close_quiet(transaction: Transaction, conversation_id: ConversationId, now: datetime, within: timedelta) -> None:
    """Close a resolved conversation that nobody took up again in time."""
    held = lock(transaction, conversation_id)
    if held is None or held.state is not ConversationState.RESOLVED or may_reopen(held, now, within):
        return
    close(transaction, conversation_id, now)
    transaction.emit(
        Event(
            kind=EventKind.CONVERSATION_CLOSED,
            at=now,
            actor="system",
            conversation_id=conversation_id,
            contact_id=held.contact_id,
            reason="nobody wrote in time",
        )
    )


def waiting(connection: Connection) -> dict[str, int]:
    """How many conversations wait for an agent in each queue, by the queue's name; those with nobody count too."""
    in_line = (conversations.c.queue_id == queues.c.id) & (conversations.c.state == ConversationState.QUEUED)
    rows = connection.execute(
        select(queues.c.name, func.count(conversations.c.id))
        .outerjoin_from(queues, conversations, in_line)
        .group_by(queues.c.name)
    )
    return {name: count for name, count in rows}  # noqa: C416  # rows are not pairs to the type checker


def of_contact(connection: Connection, contact_id: ContactId, scope: Scope | None = None) -> list[Conversation]:
    """Every conversation of a person within `scope`, the latest first."""
    condition = true() if scope is None else within(scope)
    rows = connection.execute(
        select(conversations)
        .where(conversations.c.contact_id == contact_id, condition)
        .order_by(conversations.c.opened_at.desc())
    )
    return [conversation_of(fields_of(row)) for row in rows]


def latest(connection: Connection, limit: int) -> list[Conversation]:
    """The conversations that were opened last, the latest first: ids follow the time."""
    rows = connection.execute(select(conversations).order_by(conversations.c.id.desc()).limit(limit))
    return [conversation_of(fields_of(row)) for row in rows]


def in_progress(connection: Connection) -> list[Conversation]:
    """What the router has to know at its start: everything that is not resolved, the oldest first."""
    rows = connection.execute(
        select(conversations).where(conversations.c.state.in_(sorted(OPEN))).order_by(conversations.c.opened_at)
    )
    return [conversation_of(fields_of(row)) for row in rows]


def resolved_before(connection: Connection, instant: datetime, limit: int = 200) -> list[ConversationId]:
    """Resolved conversations that the customer can no longer reopen."""
    rows = connection.execute(
        select(conversations.c.id)
        .where(conversations.c.state == ConversationState.RESOLVED, conversations.c.resolved_at < instant)
        .limit(limit)
    )
    return [ConversationId(row.id) for row in rows]


def conversation_of(fields: dict[str, Any]) -> Conversation:
    """What a row says, by column."""
    del fields["join_key"]
    fields["state"] = ConversationState(fields["state"])
    return Conversation(**fields)
