"""Migrations: bringing a database to the schema this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import Database, Transaction

_FOLDER = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def upgrade(transaction: Transaction) -> None:
    """Bring the schema up to date, all of it or nothing."""
    config = _config()
    config.attributes["connection"] = transaction.connection
    command.upgrade(config, "head")


def newest_revision() -> str:
    """The schema this version needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def current_revision(database: Database) -> str:
    """The schema the database has; empty when it has none."""
    return await database.read(lambda connection: MigrationContext.configure(connection).get_current_revision() or "")
