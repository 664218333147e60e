"""Conversations that were handed up"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("escalated_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_conversations_owner", "conversations", ["owner_id", "escalated_at"])
