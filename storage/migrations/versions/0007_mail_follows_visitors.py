"""What visitors of a web chat did not see follows them to the mailbox that they left"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("mailed_as", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "mailboxes",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_mailboxes_account_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_mailboxes_conversation_id"),
        sa.PrimaryKeyConstraint("address", name="pk_mailboxes"),
    )
    op.create_index("ix_mailboxes_mailbox", "mailboxes", ["mailbox"])
    op.create_index("ix_mailboxes_seen_at", "mailboxes", ["seen_at"])
