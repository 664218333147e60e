"""The account of time: what each person did, from when until when"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


# Who is at work during the upgrade has been so since their last change.
OPEN_SPANS = """
    INSERT INTO agent_spans (user_id, since, state, reason, actor)
    SELECT id, state_since, state, '', 'system' FROM users WHERE state <> 'offline'
"""


def upgrade() -> None:
    op.add_column("users", sa.Column("state_reason", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "agent_spans",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_agent_spans_user_id"),
        sa.PrimaryKeyConstraint("user_id", "since", name="pk_agent_spans"),
    )
    op.create_index("ix_agent_spans_until", "agent_spans", ["until"])
    op.execute(OPEN_SPANS)
