"""Hand-overs as they are stored: offered, then settled once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from conversations.handovers import Briefing, Handover, HandoverState
from conversations.ids import HandoverId, UserId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import handovers


def add(transaction: Transaction, handover: Handover) -> None:
    """Store one."""
    values = {**vars(handover), "briefing": vars(handover.briefing)}
    transaction.connection.execute(insert(handovers).values(**values))


def hold(transaction: Transaction, handover_id: HandoverId) -> Handover | None:
    """One of them, held until the commit."""
    query = select(handovers).where(handovers.c.id == handover_id).with_for_update(key_share=True)
    row = transaction.connection.execute(query).one_or_none()
    return None if row is None else _handover(fields_of(row))


def change(transaction: Transaction, handover_id: HandoverId, values: Mapping[str, object]) -> None:
    """Write some columns of one of them."""
    transaction.connection.execute(update(handovers).where(handovers.c.id == handover_id).values(**values))


def offered(connection: Connection) -> list[Handover]:
    """Those that wait for an answer, the oldest first."""
    return _listed(connection, handovers.c.state == HandoverState.OFFERED)


def offered_by(connection: Connection, user_id: UserId) -> Handover | None:
    """The one with which somebody waits to leave, or None."""
    found = _listed(connection, handovers.c.state == HandoverState.OFFERED, handovers.c.from_id == user_id)
    return found[0] if found else None


def between(connection: Connection, start: datetime, end: datetime, user_id: UserId | None) -> list[Handover]:
    """Those that were offered in this time, of one person or of everybody, the oldest first."""
    conditions = [handovers.c.offered_at >= start, handovers.c.offered_at < end]
    if user_id is not None:
        conditions.append((handovers.c.from_id == user_id) | (handovers.c.to_id == user_id))
    return _listed(connection, *conditions)


def _listed(connection: Connection, *conditions: ColumnElement[bool]) -> list[Handover]:
    query = select(handovers).where(*conditions).order_by(handovers.c.offered_at, handovers.c.id)
    return [_handover(fields_of(row)) for row in connection.execute(query)]


def _handover(fields: dict[str, Any]) -> Handover:
    fields["state"] = HandoverState(fields["state"])
    return Handover(**{**fields, "briefing": Briefing(**fields["briefing"])})
