"""Pieces of messages are kept as bytes, since a character may be torn apart between two"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fragments", sa.Column("octets", sa.LargeBinary()))
    op.add_column("fragments", sa.Column("charset", sa.Text(), nullable=False, server_default=""))
