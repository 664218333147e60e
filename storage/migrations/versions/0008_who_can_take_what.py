"""Who can take what: skills, weights, a strategy per queue, and how often somebody was served"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# In quarters of an ordinary conversation; what is not named here is ordinary.
FIRST_WEIGHTS = {
    "channel:sms_aliyun": 2,
    "channel:sms_cmpp": 2,
    "channel:sms_tencent": 2,
    "channel:sms_twilio": 2,
    "channel:sms_smpp": 2,
    "channel:email": 1,
    "category:complaint": 8,
    "category:投诉": 8,
}


def upgrade() -> None:
    op.create_table(
        "skills",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_skills_user_id"),
        sa.PrimaryKeyConstraint("user_id", "name", name="pk_skills"),
    )
    weights = op.create_table(
        "weights",
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("about", name="pk_weights"),
    )
    op.bulk_insert(weights, [{"about": about, "weight": weight} for about, weight in FIRST_WEIGHTS.items()])
    op.add_column("queues", sa.Column("strategy", sa.Text(), nullable=False, server_default="balanced"))
    op.add_column("users", sa.Column("served_at", sa.BigInteger(), nullable=True))
    op.add_column("users", sa.Column("served_today", sa.Integer(), nullable=False, server_default="0"))
