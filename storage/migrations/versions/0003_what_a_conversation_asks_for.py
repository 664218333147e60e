"""What a conversation asks for: priority, skill with level, category, weight"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("conversations", sa.Column("skill", sa.Text(), nullable=False, server_default=""))
    op.add_column("conversations", sa.Column("skill_level", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("conversations", sa.Column("category", sa.Text(), nullable=False, server_default=""))
    op.add_column("conversations", sa.Column("weight", sa.Integer(), nullable=False, server_default="4"))
