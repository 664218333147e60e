"""How long agents wrap up, and until when"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("wrap_up_seconds", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("users", sa.Column("state_until", sa.BigInteger(), nullable=True))
