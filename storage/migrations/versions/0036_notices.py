"""The notice board, and who has read what"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("must_read", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("queue_ids", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_notices_author_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_table(
        "notice_reads",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_notice_reads_notice_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notice_reads_user_id"),
        sa.PrimaryKeyConstraint("notice_id", "user_id", name="pk_notice_reads"),
    )
    op.create_index("ix_notice_reads_user_id", "notice_reads", ["user_id"])
