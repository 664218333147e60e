"""People who write, what they and we say, and what becomes of it."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from storage.tables.base import metadata
from storage.types import Instant, Json, Moments, Parts

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


attachments = Table(
    "attachments",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("mime", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
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


told = Table(
    "told",
    metadata,
    # What was said to everybody who waits: to nobody twice.
    Column("notice", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), primary_key=True, index=True),
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
