"""Breaks: how many of a queue may take one at a time, and what supervisors allow beyond the rules"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("most_on_break", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "break_permits",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_break_permits_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_break_permits"),
    )
    op.create_index("ix_break_permits_user_id", "break_permits", ["user_id"])
