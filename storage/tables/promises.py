"""What is promised until when."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, true

from storage.tables.base import metadata
from storage.types import Duration, Instant, Json

calendars = Table(
    "calendars",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("time_zone", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("week", Json, nullable=False),
    Column("exceptions", Json, nullable=False),
)


policies = Table(
    "policies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("conditions", Json, nullable=False),
    Column("calendar_id", Text, ForeignKey("calendars.id")),
    Column("minutes", Json, nullable=False),
    Column("from_assignment", Boolean, nullable=False),
    Column("pauses", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=true()),
)


deadlines = Table(
    "deadlines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("policy_id", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("running_since", Instant),
    Column("used", Duration, nullable=False),
    Column("limit", Duration, nullable=False),
    Column("warn_at", Instant),
    Column("due_at", Instant),
    Column("warned_at", Instant),
    Column("breached_at", Instant),
    Column("ended_at", Instant, index=True),
    Column("outcome", Text),
    Column("note", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False, server_default=""),
    # Where the customer was when it was promised.
    Column("account_id", Text, ForeignKey("accounts.id")),
    Column("queue_id", Text, ForeignKey("queues.id")),
    # The fault that it is about.
    Column("about", Text, nullable=False, server_default=""),
    # When it has to be looked at again.
    Column("next_at", Instant, index=True),
    Index("ix_deadlines_kind", "kind", "started_at"),
)


machines = Table(
    "machines",
    metadata,
    # The queue is that of the unit that answers for it, the calendar the one in which that unit works.
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("site", Text, nullable=False),
    Column("queue_id", Text, ForeignKey("queues.id")),
    Column("calendar_id", Text, ForeignKey("calendars.id"), nullable=False),
    Column("retired_at", Instant),
)


faults = Table(
    "faults",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("machine_id", Text, ForeignKey("machines.id"), nullable=False),
    Column("fault", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reported_at", Instant, nullable=False),
    Column("reported_by", Text, ForeignKey("users.id"), nullable=False),
    Column("cleared_at", Instant),
    Column("decided_by", Text, ForeignKey("users.id")),
    Column("settled_at", Instant),
    Column("settled_by", Text, ForeignKey("users.id")),
)
