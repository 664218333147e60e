"""Accounts and what goes on between them and their providers."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from storage.tables.base import metadata
from storage.types import Instant, Json, Parts

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
