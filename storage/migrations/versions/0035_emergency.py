"""The emergency switch, with one announcement prepared"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


CHINESE = (
    "非常抱歉，我们的服务目前出现故障，正在全力抢修。您的消息已收到并已排队，恢复后我们会逐一回复，您无需再次发送。"
)

ENGLISH = (
    "We are sorry: our service is disturbed and we are working on it. Your message has arrived and keeps its place in "
    "line; we will answer everybody, and you need not write again."
)

PREPARED = {
    "id": "prepared",
    "name": "系统故障 · Outage",
    "texts": json.dumps({"zh-CN": CHINESE, "en": ENGLISH}, ensure_ascii=False),
}


def upgrade() -> None:
    op.create_table(
        "emergency",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["begun_by"], ["users.id"], name="fk_emergency_begun_by"),
        sa.PrimaryKeyConstraint("name", name="pk_emergency"),
    )
    announcements = op.create_table(
        "announcements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
    )
    op.bulk_insert(announcements, [PREPARED])
