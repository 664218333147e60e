"""Offers: to whom a conversation is offered until when, and who let an offer pass"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("offer_seconds", sa.Integer(), nullable=False, server_default="0"))
    # SQLite cannot add a constraint later, but with the column it can.
    op.execute(
        "ALTER TABLE conversations ADD COLUMN offered_to TEXT"
        " CONSTRAINT fk_conversations_offered_to REFERENCES users (id)"
    )
    op.create_index("ix_conversations_offered_to", "conversations", ["offered_to"])
    op.add_column("conversations", sa.Column("offered_until", sa.BigInteger(), nullable=True))
    op.add_column("conversations", sa.Column("declined", sa.Text(), nullable=False, server_default="{}"))
