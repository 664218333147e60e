"""What customers may ask for instead of waiting"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("wish", sa.Text(), nullable=False, server_default=""))
    op.add_column("queues", sa.Column("calls_back_within", sa.Integer(), nullable=False, server_default="60"))
