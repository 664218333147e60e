"""Overflow: what is done about queues under pressure; nobody waits for ever for a skill"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


# As for every new queue (`storage.overflow.add_usual`).
USUAL = """
    INSERT INTO overflow_steps (id, queue_id, trigger, remedy, "limit", release, within, helpers, texts)
    SELECT 'anybody-' || id, id, 'waited', 'anybody', 600, 300, 0, '[]', '{}' FROM queues
"""


def upgrade() -> None:
    op.create_table(
        "overflow_steps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("within", sa.Integer(), nullable=False),
        sa.Column("helpers", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("on_since", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_overflow_steps_queue_id"),
        sa.PrimaryKeyConstraint("id", name="pk_overflow_steps"),
    )
    op.create_table(
        "told",
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_told_conversation_id"),
        sa.PrimaryKeyConstraint("notice", "conversation_id", name="pk_told"),
    )
    op.create_index("ix_told_conversation_id", "told", ["conversation_id"])
    op.execute(USUAL)
