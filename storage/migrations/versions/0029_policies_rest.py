"""Policies that are not in force"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("policies", sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true()))
