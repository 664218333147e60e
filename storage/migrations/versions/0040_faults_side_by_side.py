"""Several faults in one conversation, each settled by itself; machines that are out of use"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


WHAT_THEY_ARE_ABOUT = """
UPDATE deadlines SET about = (SELECT id FROM faults WHERE faults.conversation_id = deadlines.conversation_id)
WHERE kind = 'fault'
"""
"""Up to now each conversation had one."""


def upgrade() -> None:
    op.add_column("deadlines", sa.Column("about", sa.Text(), nullable=False, server_default=""))
    op.execute(WHAT_THEY_ARE_ABOUT)
    op.add_column("machines", sa.Column("retired_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("faults") as faults:
        faults.add_column(sa.Column("settled_at", sa.BigInteger(), nullable=True))
        faults.add_column(sa.Column("settled_by", sa.Text(), nullable=True))
        faults.create_foreign_key("fk_faults_settled_by", "users", ["settled_by"], ["id"])
        faults.drop_constraint("uq_faults_conversation_id", type_="unique")
        faults.create_index("ix_faults_conversation_id", ["conversation_id"])
