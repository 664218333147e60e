"""What a conversation takes of an agent's capacity, by its channel or its category."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from conversations.conversation import ORDINARY_WEIGHT
from conversations.events import Event, EventKind
from storage.database import Transaction
from storage.tables import weights


@dataclass(frozen=True)
class Weights:
    """In quarters of an ordinary conversation, by kind of channel and by category; what is not named is ordinary."""

    channels: Mapping[str, int]
    categories: Mapping[str, int]

    def of(self, kind: str, category: str) -> int:
        """What a conversation weighs: its category decides, else its channel."""
        return self.categories.get(category) or self.channels.get(kind) or ORDINARY_WEIGHT


def read(connection: Connection) -> Weights:
    """The weights as they are stored now."""
    found: dict[str, dict[str, int]] = {"channel": {}, "category": {}}
    for about, weight in connection.execute(select(weights.c.about, weights.c.weight).order_by(weights.c.about)):
        kind, _, name = about.partition(":")
        found[kind][name] = weight
    return Weights(found["channel"], found["category"])


def write(transaction: Transaction, chosen: Weights, now: datetime, actor: str) -> None:
    """Store these instead of all others. Conversations that are in a queue already keep what they weigh."""
    named = {f"channel:{kind}": weight for kind, weight in chosen.channels.items()}
    named |= {f"category:{name}": weight for name, weight in chosen.categories.items()}
    transaction.connection.execute(delete(weights))
    if named:
        rows = [{"about": about, "weight": weight} for about, weight in named.items()]
        transaction.connection.execute(insert(weights), rows)
    transaction.emit(Event(kind=EventKind.SETUP_CHANGED, at=now, actor=actor, reason="weights changed"))
