"""The ledgers of channels: windows, consents, opt-outs, cursors, fragments, passive answers"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# Customers of WeChat who wrote before the upgrade can be answered as before: five times within 48 hours.
WINDOWS_OF_WECHAT = """
    INSERT INTO windows (account_id, address, name, ends_at, remaining)
    SELECT messages.account_id, messages.address, 'message', MAX(messages.occurred_at) + 172800000000, 5
    FROM messages JOIN accounts ON accounts.id = messages.account_id
    WHERE accounts.kind = 'wechat' AND messages.direction = 'inbound'
    GROUP BY messages.account_id, messages.address
"""


def upgrade() -> None:
    op.add_column("accounts", sa.Column("last_heard_at", sa.BigInteger(), nullable=True))
    op.add_column("messages", sa.Column("recalled_at", sa.BigInteger(), nullable=True))
    op.add_column("deliveries", sa.Column("spent", sa.Text(), nullable=False, server_default=""))
    _of_account(
        "listeners",
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("woken_at", sa.BigInteger(), nullable=True),
    )
    _of_account(
        "opt_outs",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        key=("address",),
    )
    _of_account(
        "consents",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        key=("address", "template"),
    )
    _of_account(
        "windows",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        key=("address", "name"),
    )
    op.execute(WINDOWS_OF_WECHAT)
    _of_account(
        "fragments",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("opens", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        key=("key",),
    )
    op.create_index("ix_fragments_set", "fragments", ["account_id", "address", "reference"])
    op.create_index("ix_fragments_received_at", "fragments", ["received_at"])
    _of_account(
        "passive_slots",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_passive_slots_delivery_id"),
        key=("key",),
    )
    op.create_index("ix_passive_slots_address", "passive_slots", ["account_id", "address", "ends_at"])


def _of_account(name: str, *columns: sa.schema.SchemaItem, key: tuple[str, ...] = ()) -> None:
    op.create_table(
        name,
        sa.Column("account_id", sa.Text(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"fk_{name}_account_id"),
        sa.PrimaryKeyConstraint("account_id", *key, name=f"pk_{name}"),
    )
