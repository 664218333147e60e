"""Every table. A new column comes with a migration that only adds; removal waits a release."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from storage.types import Duration, Instant, Json, Moments, Parts

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sealed_settings", Text, nullable=False),
    Column("paused", Text, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("last_ok_at", Instant),
    Column("last_error_at", Instant),
    Column("last_error", Text, nullable=False, default=""),
    Column("last_heard_at", Instant),
)

listeners = Table(
    "listeners",
    metadata,
    # Where the listener of an account left off, and the word with which a webhook woke it.
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("cursor", Text, nullable=False, default=""),
    Column("word", Text, nullable=False, default=""),
    Column("woken_at", Instant),
)

tokens = Table(
    "tokens",
    metadata,
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sealed_value", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("merged_into", Text, ForeignKey("contacts.id")),
    # What we know about a customer, for the rules that lead their conversations.
    Column("segment", Text, nullable=False, server_default=""),
    Column("tags", Json, nullable=False, server_default="[]"),
    Column("manager_id", Text, ForeignKey("users.id")),
)

identities = Table(
    "identities",
    metadata,
    Column("address", Text, primary_key=True),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("first_contact_id", Text, ForeignKey("contacts.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("reachable", Boolean, nullable=False, default=True),
    Column("created_at", Instant, nullable=False),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    # Who wants nothing from an account that they did not ask for.
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("reason", Text, nullable=False),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    # Where a visitor says that they can be written to, and when they were here last. Nothing proves that it is theirs
    # until an answer comes from there to the conversation that was sent there.
    Column("address", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("mailbox", Text, nullable=False, index=True),
    Column("seen_at", Instant, nullable=False, index=True),
    Column("conversation_id", Text, ForeignKey("conversations.id")),
)

automatic_parts = Table(
    "automatic_parts",
    metadata,
    # What no person wrote, counted by address and by conversation from an instant on.
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("whom", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("parts", Integer, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    # How many more messages of a registered template a customer has allowed.
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("template", Text, primary_key=True),
    Column("remaining", Integer, nullable=False),
)

windows = Table(
    "windows",
    metadata,
    # How often and until when a provider lets us write, by what the customer did.
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("ends_at", Instant, nullable=False),
    Column("remaining", Integer, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("address", Text, nullable=False),
    # The contact's id while a continuous conversation may still be joined: the database allows one of them.
    Column("join_key", Text, unique=True),
    Column("state", Text, nullable=False),
    Column("queue_id", Text, ForeignKey("queues.id")),
    Column("assignee_id", Text, ForeignKey("users.id")),
    Column("owner_id", Text, ForeignKey("users.id")),
    Column("language", Text, nullable=False, default=""),
    Column("subject", Text, nullable=False, default=""),
    Column("preview", Text, nullable=False, default=""),
    Column("opened_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("last_message_at", Instant, nullable=False),
    Column("unanswered_since", Instant),
    Column("resolved_at", Instant),
    Column("resolved_by", Text, ForeignKey("users.id")),
    Column("previous_id", Text, ForeignKey("conversations.id")),
    Column("score", Integer),
    # What its way through the queues follows from.
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("skill", Text, nullable=False, server_default=""),
    Column("skill_level", Integer, nullable=False, server_default="0"),
    Column("category", Text, nullable=False, server_default=""),
    Column("weight", Integer, nullable=False, server_default="4"),
    # Where the customer came in: the address of the page.
    Column("source", Text, nullable=False, server_default=""),
    # When an automatic message said where they stand in line.
    Column("told_at", Instant),
    # When it was handed up; its owner follows it.
    Column("escalated_at", Instant),
    Column("wish", Text, nullable=False, server_default=""),
    # To whom it is offered until when, and who let an offer of it pass, and when.
    Column("offered_to", Text, ForeignKey("users.id"), index=True),
    Column("offered_until", Instant),
    Column("declined", Moments, nullable=False, server_default="{}"),
    Index("ix_conversations_assignee", "assignee_id", "state", "last_message_at"),
    Index("ix_conversations_owner", "owner_id", "escalated_at"),
    Index("ix_conversations_queue", "queue_id", "state", "last_message_at"),
    Index("ix_conversations_state", "state", "last_message_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("address", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("author_id", Text, nullable=False),
    Column("parts", Parts, nullable=False),
    Column("subject", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("state", Text),
    Column("occurred_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("recalled_at", Instant),
    UniqueConstraint("account_id", "direction", "key"),
    Index("ix_messages_timeline", "conversation_id", "id"),
    Index("ix_messages_contact", "contact_id", "id"),
    Index("ix_messages_external_id", "external_id", "account_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("message_id", Text, ForeignKey("messages.id"), nullable=False),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("address", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("parts", Parts, nullable=False),
    Column("subject", Text, nullable=False, default=""),
    Column("thread", Json, nullable=False),
    Column("automatic", Boolean, nullable=False, default=False),
    Column("lane", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False, default=1),
    Column("due_at", Instant, nullable=False),
    Column("leased_until", Instant),
    Column("holder", Text, nullable=False, default=""),
    Column("external_id", Text, nullable=False, default=""),
    Column("error_kind", Text, nullable=False, default=""),
    Column("error_code", Text, nullable=False, default=""),
    Column("error_text", Text, nullable=False, default=""),
    Column("trace", Text, nullable=False, default=""),
    Column("changed_at", Instant, nullable=False),
    # The window that this attempt was taken from.
    Column("spent", Text, nullable=False, server_default=""),
    # The message by which it followed a visitor who was gone to their mailbox.
    Column("mailed_as", Text, nullable=False, server_default=""),
    UniqueConstraint("message_id", "position"),
    Index("ix_deliveries_due", "lane", "state", "due_at"),
    Index("ix_deliveries_order", "conversation_id", "account_id", "state"),
    Index("ix_deliveries_external", "account_id", "external_id"),
)

fragments = Table(
    "fragments",
    metadata,
    # Pieces of messages that are not complete yet.
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("parts", Parts, nullable=False),
    Column("octets", LargeBinary),
    Column("charset", Text, nullable=False, server_default=""),
    Column("external_id", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("opens", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("trace", Text, nullable=False),
    Index("ix_fragments_set", "account_id", "address", "reference"),
    Index("ix_fragments_received_at", "received_at"),
)

passive_slots = Table(
    "passive_slots",
    metadata,
    # Room for an answer inside a provider's own request: each redelivery is given the same.
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("delivery_id", Text, ForeignKey("deliveries.id")),
    Column("status", Integer),
    Column("content_type", Text),
    Column("body", LargeBinary),
    Index("ix_passive_slots_address", "account_id", "address", "ends_at"),
)

receipts = Table(
    "receipts",
    metadata,
    # Parked: the provider spoke of a part before we had written down its name for it.
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    UniqueConstraint("account_id", "external_id", "delivery", "address", "status"),
)

fetches = Table(
    "fetches",
    metadata,
    # A file that the provider keeps for us for a few days only.
    Column("id", Text, primary_key=True),
    Column("message_id", Text, ForeignKey("messages.id"), nullable=False),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("error", Text, nullable=False, default=""),
    Index("ix_fetches_due", "state", "due_at"),
)

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

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("method", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("query", Json, nullable=False),
    Column("headers", Json, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("error", Text, nullable=False),
    Column("trace", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("settled_at", Instant),
    Index("ix_quarantine_state", "state", "received_at"),
)

entries = Table(
    "entries",
    metadata,
    # By which code or link a customer last came in.
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("scene", Text, nullable=False),
    Column("entered_at", Instant, nullable=False),
)

provider_events = Table(
    "provider_events",
    metadata,
    # What happened to a connection (followed, left …) and what we have no word for yet: once, and raw.
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("mime", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
)

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

abuses = Table(
    "abuses",
    metadata,
    # Conversations in which the customer was abusive, by whose word.
    Column("conversation_id", Text, ForeignKey("conversations.id"), primary_key=True),
    Column("marked_by", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("marked_at", Instant, nullable=False),
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

blocks = Table(
    "blocks",
    metadata,
    # Who asked to block a customer for how long, and who decided what.
    Column("id", Text, primary_key=True),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Column("asked_by", Text, ForeignKey("users.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text, ForeignKey("users.id")),
    Column("decided_at", Instant),
    Column("word", Text, nullable=False),
    Column("until", Instant),
    Column("answered_at", Instant),
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

told = Table(
    "told",
    metadata,
    # What was said to everybody who waits: to nobody twice.
    Column("notice", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), primary_key=True, index=True),
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
    # When it has to be looked at again.
    Column("next_at", Instant, index=True),
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
)

faults = Table(
    "faults",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False, unique=True),
    Column("machine_id", Text, ForeignKey("machines.id"), nullable=False),
    Column("fault", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reported_at", Instant, nullable=False),
    Column("reported_by", Text, ForeignKey("users.id"), nullable=False),
    Column("cleared_at", Instant),
    Column("decided_by", Text, ForeignKey("users.id")),
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

cursors = Table(
    "cursors",
    metadata,
    # How far a reader of the events has come whose work is in the database too.
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
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

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    # One survey invitation per resolving of a conversation.
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False),
    Column("agent_id", Text, ForeignKey("users.id")),
    Column("resolved_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("due_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("expires_at", Instant),
    Column("answered_at", Instant),
    Column("score", Integer),
    UniqueConstraint("conversation_id", "resolved_at"),
    Index("ix_invitations_due", "state", "due_at"),
    Index("ix_invitations_contact", "contact_id", "state"),
)
