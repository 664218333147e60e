"""When people work, what they do meanwhile, and what goes from one to another."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, false

from storage.tables.base import metadata
from storage.types import Instant, Json

agent_spans = Table(
    "agent_spans",
    metadata,
    # What a person did from when until when: each begins where the one before ended, and the last has no end yet.
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("until", Instant, index=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
)


shifts = Table(
    "shifts",
    metadata,
    # Who is to work from when until when.
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("since", Instant, nullable=False, index=True),
    Column("until", Instant, nullable=False),
    # A list of objects: reason, since, until.
    Column("breaks", Json, nullable=False),
    # Why it was planned, where a limit of the roster spoke against it.
    Column("note", Text, nullable=False),
)


roster_rules = Table(
    "roster_rules",
    metadata,
    # The fields of `conversations.shifts.RosterRules` that people have set.
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
)


handovers = Table(
    "handovers",
    metadata,
    # Who leaves, who takes on what they have, and what the next one has to know.
    Column("id", Text, primary_key=True),
    Column("from_id", Text, ForeignKey("users.id"), nullable=False),
    Column("to_id", Text, ForeignKey("users.id")),
    Column("queue_id", Text, ForeignKey("queues.id")),
    Column("state", Text, nullable=False),
    Column("briefing", Json, nullable=False),
    Column("signs_out", Boolean, nullable=False),
    Column("offered_at", Instant, nullable=False, index=True),
    Column("settled_at", Instant),
    Column("settled_by", Text, ForeignKey("users.id")),
    Column("answer", Text, nullable=False),
    Index("ix_handovers_state", "state", "from_id"),
)


lost_times = Table(
    "lost_times",
    metadata,
    # When somebody could not work through no fault of their own. It counts once another has approved it.
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("since", Instant, nullable=False, index=True),
    Column("until", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("decided_by", Text),
    Column("approved", Boolean, nullable=False),
)


checklist_items = Table(
    "checklist_items",
    metadata,
    # What everybody checks before a shift.
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("item", Text, nullable=False),
)


checklist_ticks = Table(
    "checklist_ticks",
    metadata,
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    # As it was called then.
    Column("item", Text, primary_key=True),
    Column("at", Instant, primary_key=True, index=True),
)


recalls = Table(
    "recalls",
    metadata,
    # Somebody on a break is asked to come back for a queue, and whether they come.
    Column("id", Text, primary_key=True),
    Column("queue_id", Text, ForeignKey("queues.id"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Instant, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("answered_at", Instant),
    Column("comes", Boolean),
)


break_permits = Table(
    "break_permits",
    metadata,
    # A break that a supervisor allows somebody, whatever the rules say.
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("given_by", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("used_at", Instant),
)


hands = Table(
    "hands",
    metadata,
    # Who asks for help now.
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, unique=True),
    Column("conversation_id", Text, ForeignKey("conversations.id")),
    Column("word", Text, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("taken_by", Text, ForeignKey("users.id")),
    Column("taken_at", Instant),
)


cool_offs = Table(
    "cool_offs",
    metadata,
    # Who was offered to cool off after which conversation, and whether they did.
    Column("conversation_id", Text, ForeignKey("conversations.id"), primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True, index=True),
    Column("offered_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("taken", Boolean, nullable=False, server_default=false()),
)
