"""Whom customers know, who stands in for whom, and pauses between conversations"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("grace_seconds", "last_agent_minutes", "pause_seconds"):
        op.add_column("queues", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    # SQLite cannot add a constraint later, but with the column it can.
    op.execute("ALTER TABLE users ADD COLUMN deputy_id TEXT CONSTRAINT fk_users_deputy_id REFERENCES users (id)")
    op.add_column("users", sa.Column("pause_seconds", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("users", sa.Column("paused_until", sa.BigInteger(), nullable=True))
    op.execute(
        "ALTER TABLE conversations ADD COLUMN resolved_by TEXT"
        " CONSTRAINT fk_conversations_resolved_by REFERENCES users (id)"
    )
