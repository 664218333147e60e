"""Who gets what: queues, rules, abilities, and what is done in a rush."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from storage.tables.base import metadata
from storage.types import Instant, Json

skills = Table(
    "skills",
    metadata,
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("level", Integer, nullable=False),
)


weights = Table(
    "weights",
    metadata,
    # `channel:` and a kind, or `category:` and a name; in quarters of an ordinary conversation.
    Column("about", Text, primary_key=True),
    Column("weight", Integer, nullable=False),
)


queues = Table(
    "queues",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("strategy", Text, nullable=False, server_default="balanced"),
    # After how many minutes of waiting customers are told where they stand; 0 is at once, NULL never.
    Column("tells_after", Integer),
    # For how long customers wait for whom they know, when that was at the latest, and what follows a conversation.
    Column("grace_seconds", Integer, nullable=False, server_default="0"),
    Column("last_agent_minutes", Integer, nullable=False, server_default="0"),
    # How long an agent has to accept a conversation; 0 is that they simply get it.
    Column("offer_seconds", Integer, nullable=False, server_default="0"),
    Column("pause_seconds", Integer, nullable=False, server_default="0"),
    # How many of its members may be on a break of their own at a time; 0 is as many as like.
    Column("most_on_break", Integer, nullable=False, server_default="0"),
    # Seconds for which an agent takes no new work after a matter of this queue.
    Column("wrap_up_seconds", Integer, nullable=False, server_default="0"),
    # Minutes within which who asks for it is called back.
    Column("calls_back_within", Integer, nullable=False, server_default="60"),
)


queue_members = Table(
    "queue_members",
    metadata,
    Column("queue_id", Text, ForeignKey("queues.id"), primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True, index=True),
)


merges = Table(
    "merges",
    metadata,
    # Queues that are worked as one for a while: what each has of its own stays as it is.
    Column("id", Text, primary_key=True),
    Column("queue_ids", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("begun_by", Text, ForeignKey("users.id"), nullable=False),
    Column("ends_at", Instant),
)


overflow_steps = Table(
    "overflow_steps",
    metadata,
    # What is done about a queue beyond which pressure, and since when it is done now.
    Column("id", Text, primary_key=True),
    Column("queue_id", Text, ForeignKey("queues.id"), nullable=False),
    Column("trigger", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("limit", Integer, nullable=False),
    Column("release", Integer, nullable=False),
    Column("within", Integer, nullable=False),
    Column("helpers", Json, nullable=False),
    Column("texts", Json, nullable=False),
    Column("on_since", Instant),
)


emergency = Table(
    "emergency",
    metadata,
    # One row while the switch is on: its name is always the same.
    Column("name", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("texts", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("begun_by", Text, ForeignKey("users.id"), nullable=False),
)


announcements = Table(
    "announcements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("texts", Json, nullable=False),
)


rules = Table(
    "rules",
    metadata,
    # Read by versions up to 0.1 only; the rules of today are in rule_versions.
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("conditions", Json, nullable=False),
    Column("queue_id", Text, ForeignKey("queues.id"), nullable=False),
)


rule_versions = Table(
    "rule_versions",
    metadata,
    # The whole ordered list with its word lists, each time it was saved. The highest number is in force.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("saved_at", Instant, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("content", Json, nullable=False),
)
