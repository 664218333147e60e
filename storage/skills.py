"""What agents are skilled in, and how well."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from conversations.events import Event, EventKind
from conversations.ids import UserId
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.tables import skills

_OF = Lookup(select(skills.c.user_id, skills.c.name, skills.c.level).where(among(skills.c.user_id, texts("ids"))))


def of(connection: Connection, ids: Iterable[str]) -> dict[UserId, dict[str, int]]:
    """The skills of these people with their levels; who has none is left out."""
    found: dict[UserId, dict[str, int]] = {}
    for user_id, name, level in _OF.run(connection, ids=ids):
        found.setdefault(UserId(user_id), {})[name] = level
    return found


def write(transaction: Transaction, user_id: UserId, levels: Mapping[str, int], now: datetime, actor: str) -> None:
    """Say what somebody is skilled in, instead of what was said before."""
    run = transaction.connection.execute
    run(delete(skills).where(skills.c.user_id == user_id))
    if levels:
        run(insert(skills), [{"user_id": user_id, "name": name, "level": level} for name, level in levels.items()])
    reason = "skills: " + (", ".join(f"{name} {level}" for name, level in sorted(levels.items())) or "none")
    transaction.emit(Event(kind=EventKind.SETUP_CHANGED, at=now, actor=actor, subject_id=user_id, reason=reason))
