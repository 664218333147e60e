"""Messages are found by their names at the providers first, and only then by account"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


# With the account first, PostgreSQL took this index to look up keys, and read every message of the account.
def upgrade() -> None:
    op.create_index("ix_messages_external_id", "messages", ["external_id", "account_id"])
    op.drop_index("ix_messages_external", "messages")
