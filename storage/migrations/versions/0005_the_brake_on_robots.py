"""The brake on robots: what no person wrote is counted"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "automatic_parts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_automatic_parts_account_id"),
        sa.PrimaryKeyConstraint("account_id", "whom", name="pk_automatic_parts"),
    )
