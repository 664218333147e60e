"""Deadlines that were agreed by hand"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deadlines", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_deadlines_ended_at", "deadlines", ["ended_at"])
