"""Migrations: bringing a database to the schema this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import Connection, Database, Transaction

_FOLDER = Path(__file__).parent / "migrations"


class SchemaTooNew(Exception):
    """A newer version of Huiliu has changed this database; this one would damage it."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def upgrade(transaction: Transaction, to: str = "head") -> None:
    """Bring the schema up to date, or to an older revision, all of it or nothing. Raises `SchemaTooNew`."""
    config = _config()
    revision = _revision(transaction.connection)
    if revision and revision not in known_revisions():
        raise SchemaTooNew(f"the database has schema {revision}, which this version does not know")
    config.attributes["connection"] = transaction.connection
    command.upgrade(config, to)


def known_revisions() -> frozenset[str]:
    """Every schema that this version can bring up to date, or has."""
    return frozenset(each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


def newest_revision() -> str:
    """The schema this version needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def current_revision(database: Database) -> str:
    """The schema the database has; empty when it has none."""
    return await database.read(_revision)


def _revision(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""
