"""Hand-overs: who leaves, who takes on what they have"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("from_id", sa.Text(), nullable=False),
        sa.Column("to_id", sa.Text(), nullable=True),
        sa.Column("queue_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("briefing", sa.Text(), nullable=False),
        sa.Column("signs_out", sa.Boolean(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["users.id"], name="fk_handovers_from_id"),
        sa.ForeignKeyConstraint(["to_id"], ["users.id"], name="fk_handovers_to_id"),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_handovers_queue_id"),
        sa.ForeignKeyConstraint(["settled_by"], ["users.id"], name="fk_handovers_settled_by"),
        sa.PrimaryKeyConstraint("id", name="pk_handovers"),
    )
    op.create_index("ix_handovers_offered_at", "handovers", ["offered_at"])
    op.create_index("ix_handovers_state", "handovers", ["state", "from_id"])
