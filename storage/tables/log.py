"""What happened, how far it was read, and who may write."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from storage.tables.base import metadata
from storage.types import Instant, Json

events = Table(
    "events",
    metadata,
    # Positions follow commits: see storage.events.
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("conversation_id", Text),
    Column("message_id", Text),
    Column("contact_id", Text),
    Column("subject_id", Text),
    Column("reason", Text, nullable=False),
    Column("trace", Text, nullable=False),
    Column("data", Json, nullable=False),
    Index("ix_events_conversation", "conversation_id", "position"),
    # For the pace of lines.
    Index(
        "ix_events_assigned",
        "at",
        sqlite_where=text("kind = 'conversation.assigned'"),
        postgresql_where=text("kind = 'conversation.assigned'"),
    ),
    sqlite_autoincrement=True,
)


cursors = Table(
    "cursors",
    metadata,
    # How far a reader of the events has come whose work is in the database too.
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)


leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
