"""The time zone in which a customer was told what was promised"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deadlines", sa.Column("time_zone", sa.Text(), nullable=False, server_default=""))
