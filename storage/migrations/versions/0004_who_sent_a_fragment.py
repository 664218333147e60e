"""Fragments keep the name and the language of their sender, as whole messages do"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("name", "language"):
        op.add_column("fragments", sa.Column(name, sa.Text(), nullable=False, server_default=""))
