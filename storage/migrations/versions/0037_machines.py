"""Machines, who answers for them, and their faults"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "machines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=True),
        sa.Column("calendar_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_machines_queue_id"),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendars.id"], name="fk_machines_calendar_id"),
        sa.PrimaryKeyConstraint("id", name="pk_machines"),
        sa.UniqueConstraint("name", name="uq_machines_name"),
    )
    op.create_table(
        "faults",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("machine_id", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_faults_conversation_id"),
        sa.ForeignKeyConstraint(["machine_id"], ["machines.id"], name="fk_faults_machine_id"),
        sa.ForeignKeyConstraint(["reported_by"], ["users.id"], name="fk_faults_reported_by"),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name="fk_faults_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_faults"),
        sa.UniqueConstraint("conversation_id", name="uq_faults_conversation_id"),
    )
