"""Where it was promised: reports count deadlines there"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


WHERE_THEY_ARE = """
UPDATE deadlines SET
    account_id = (SELECT account_id FROM conversations WHERE conversations.id = conversation_id),
    queue_id = (SELECT queue_id FROM conversations WHERE conversations.id = conversation_id)
WHERE policy_id <> ''
"""
"""Of what was promised before nobody has written down where: it counts where the conversation is now."""


def upgrade() -> None:
    op.execute(
        "ALTER TABLE deadlines ADD COLUMN account_id TEXT CONSTRAINT fk_deadlines_account_id REFERENCES accounts (id)"
    )
    op.execute("ALTER TABLE deadlines ADD COLUMN queue_id TEXT CONSTRAINT fk_deadlines_queue_id REFERENCES queues (id)")
    op.create_index("ix_deadlines_kind", "deadlines", ["kind", "started_at"])
    op.execute(WHERE_THEY_ARE)
