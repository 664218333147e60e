"""Waiting customers are told where they stand: when, per queue; and an index for the pace of lines"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ASSIGNED = sa.text("kind = 'conversation.assigned'")


def upgrade() -> None:
    op.add_column("queues", sa.Column("tells_after", sa.Integer(), nullable=True))
    op.add_column("conversations", sa.Column("told_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_events_assigned", "events", ["at"], sqlite_where=ASSIGNED, postgresql_where=ASSIGNED)
