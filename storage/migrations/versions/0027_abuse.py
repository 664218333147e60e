"""Abusive customers, and the moment to cool off after them"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "abuses",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("marked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_abuses_conversation_id"),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_abuses"),
    )
    op.create_table(
        "cool_offs",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("taken", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_cool_offs_conversation_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_cool_offs_user_id"),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name="pk_cool_offs"),
    )
    op.create_index("ix_cool_offs_user_id", "cool_offs", ["user_id"])
