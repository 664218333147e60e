"""What people check before a shift"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checklist_items",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_checklist_items"),
    )
    op.create_table(
        "checklist_ticks",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_checklist_ticks_user_id"),
        sa.PrimaryKeyConstraint("user_id", "item", "at", name="pk_checklist_ticks"),
    )
    op.create_index("ix_checklist_ticks_at", "checklist_ticks", ["at"])
