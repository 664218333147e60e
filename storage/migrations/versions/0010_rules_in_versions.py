"""Rules in versions, what is known about contacts, where conversations came in"""

import json
import time

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

RULES = "SELECT id, name, conditions, queue_id FROM rules ORDER BY position, id"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("segment", sa.Text(), nullable=False, server_default=""))
    op.add_column("contacts", sa.Column("tags", sa.Text(), nullable=False, server_default="[]"))
    # SQLite cannot add a constraint later, but with the column it can.
    op.execute(
        "ALTER TABLE contacts ADD COLUMN manager_id TEXT CONSTRAINT fk_contacts_manager_id REFERENCES users (id)"
    )
    op.add_column("conversations", sa.Column("source", sa.Text(), nullable=False, server_default=""))
    versions = op.create_table(
        "rule_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rule_versions"),
    )
    if rules := [_rule(row) for row in op.get_bind().execute(sa.text(RULES))]:
        first = {"number": 1, "author": "system", "reason": "as they were before versions were kept"}
        content = json.dumps({"rules": rules, "words": {}}, ensure_ascii=False)
        op.bulk_insert(versions, [{**first, "saved_at": time.time_ns() // 1000, "content": content}])


def _rule(row: sa.Row[tuple[str, str, str, str]]) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "conditions": json.loads(row.conditions),
        "actions": {"queue": row.queue_id},
    }
