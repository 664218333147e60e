"""Those who work here, how they come in, and what they are to know."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from storage.tables.base import metadata
from storage.types import Instant, Json

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False, default=""),
    Column("language", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_since", Instant, nullable=False),
    Column("state_reason", Text, nullable=False, server_default=""),
    # When it is over, or should be.
    Column("state_until", Instant),
    Column("seen_at", Instant),
    Column("enabled", Boolean, nullable=False, default=True),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", Instant),
    Column("created_at", Instant, nullable=False),
    # When the router gave them a conversation last, and how many that day.
    Column("served_at", Instant),
    Column("served_today", Integer, nullable=False, server_default="0"),
    # After each conversation that the router gave them they get nothing for a while.
    Column("pause_seconds", Integer, nullable=False, server_default="0"),
    Column("paused_until", Instant),
    Column("deputy_id", Text, ForeignKey("users.id")),
)


notices = Table(
    "notices",
    metadata,
    # What people are to know, some of it before they go ready.
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("must_read", Boolean, nullable=False),
    Column("author_id", Text, ForeignKey("users.id"), nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("until", Instant),
    Column("queue_ids", Json, nullable=False),
)


notice_reads = Table(
    "notice_reads",
    metadata,
    Column("notice_id", Text, ForeignKey("notices.id"), primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True, index=True),
    Column("read_at", Instant, nullable=False),
)


sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)


sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)


alerts = Table(
    "alerts",
    metadata,
    # An event as it was told to one person; it is forgotten long before the event.
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("conversation_id", Text, ForeignKey("conversations.id")),
    Column("contact_id", Text, ForeignKey("contacts.id")),
    Column("subject_id", Text),
    Column("reason", Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("read_at", Instant),
    Index("ix_alerts_unread", "user_id", "read_at"),
)
