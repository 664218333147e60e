"""The schema that migrations make is the one that `storage.tables` describes."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from conversations.ids import ConversationId
from storage import deadlines, faults, migrate, rules, tables
from storage.database import Database, Transaction
from storage.types import Instant
from tests.support.builders import NOW, a_contact, open_database, store
from tests.support.schema import migrated

VERSIONS = Path(migrate.__file__).parent / "migrations" / "versions"


def differences(connection: Connection) -> list[object]:
    """What alembic would change; empty when migrations and tables agree."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, tables.metadata))


def names(connection: Connection) -> set[str]:
    """Every table there is."""
    return set(inspect(connection).get_table_names())


async def test_migrations_make_the_tables_of_this_version(empty_database_url: str) -> None:
    await migrated(empty_database_url)
    async with open_database(empty_database_url) as database:
        assert await database.read(differences) == []
        assert await database.read(names) == {"alembic_version", *tables.metadata.tables}


def test_every_migration_has_a_number_of_its_own() -> None:
    """Two that were written side by side would both follow the same one."""
    numbers = [int(path.name[:4]) for path in sorted(VERSIONS.glob("[0-9]*.py"))]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_database_says_which_schema_it_has(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert await migrate.current_revision(database) == ""
    await database.write(migrate.upgrade)
    assert await migrate.current_revision(database) == migrate.newest_revision() != ""
    await database.close()


async def test_upgrading_again_changes_nothing(empty_database_url: str) -> None:
    contact = a_contact()
    await migrated(empty_database_url)
    async with open_database(empty_database_url) as database:
        await database.write(store, contact)
        await database.write(migrate.upgrade)
        (row,) = await database.read(lambda connection: connection.execute(select(tables.contacts)).all())
        assert row.id == contact.id
        assert await database.read(differences) == []


UPGRADE = """
import asyncio, sys
from storage import migrate
from storage.database import Database

async def main():
    database = Database(sys.argv[1])
    await database.write(migrate.upgrade)
    await database.close()

asyncio.run(main())
"""


async def test_processes_that_are_started_together_make_one_schema(empty_database_url: str) -> None:
    """Real ones: alembic keeps its state in modules, so that one process can upgrade only one database at a time."""
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", UPGRADE, empty_database_url) for _ in range(3)
    ]
    assert [await process.wait() for process in started] == [0, 0, 0]
    async with open_database(empty_database_url) as database:
        assert await database.read(differences) == []


async def test_an_upgrade_that_breaks_leaves_nothing_behind(empty_database_url: str) -> None:
    """All of it or nothing: a half-made schema could not be upgraded again."""

    def broken(transaction: Transaction) -> None:
        migrate.upgrade(transaction)
        transaction.connection.execute(insert(tables.contacts).values(id="1"))

    database = Database(empty_database_url)
    with pytest.raises(IntegrityError):
        await database.write(broken)
    assert await database.read(names) == set()
    await database.close()


IN_0001 = (
    "INSERT INTO accounts (id, kind, name, sealed_settings, paused, created_at, last_error)"
    " VALUES (:account, :kind, '', '', '', :at, '')",
    "INSERT INTO contacts (id, name, language, created_at) VALUES (:account, '', '', :at)",
    "INSERT INTO conversations (id, contact_id, account_id, address, state, language, subject, preview, opened_at,"
    " changed_at, last_message_at) VALUES (:account, :account, :account, :address, 'new', '', '', '', :at, :at, :at)",
    "INSERT INTO messages (id, conversation_id, contact_id, account_id, address, direction, author, author_id, parts,"
    " subject, key, external_id, occurred_at, received_at)"
    " VALUES (:account, :account, :account, :account, :address, 'inbound', 'contact', '', '[]', '', '', '', :at, :at)",
)
"""A customer of an account, and what they said, in the columns of revision 0001."""


async def test_customers_of_wechat_who_wrote_before_the_ledgers_can_be_answered(empty_database_url: str) -> None:
    """Revision 0002 brings the windows; the database of 0001 holds messages already."""
    database = Database(empty_database_url)
    await database.write(migrate.upgrade, "0001")
    await database.write(_as_it_was_in_0001)
    await database.write(migrate.upgrade)
    (row,) = await database.read(lambda connection: connection.execute(select(tables.windows)).all())
    assert (row.account_id, row.address, row.name, row.remaining) == ("w", "wechat:w/o1", "message", 5)
    assert row.ends_at == NOW + timedelta(hours=48)
    await database.close()


def _as_it_was_in_0001(transaction: Transaction) -> None:
    at = Instant().process_bind_param(NOW, transaction.connection.dialect)
    for account, kind, address in (("w", "wechat", "wechat:w/o1"), ("s", "sms_aliyun", "tel:+8613800138000")):
        given = {"account": account, "kind": kind, "address": address, "at": at}
        for statement in IN_0001:
            transaction.connection.execute(text(statement), given)


RULES_OF_0009 = (
    "INSERT INTO queues (id, name, created_at) VALUES ('care', 'Care', 0)",
    "INSERT INTO rules (id, position, name, conditions, queue_id) VALUES ('b', 2, 'rest', '{}', 'care')",
    "INSERT INTO rules (id, position, name, conditions, queue_id)"
    """ VALUES ('a', 1, '退款', '{"words": ["退款"]}', 'care')""",
)


async def test_rules_from_before_versions_become_the_first_version(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    await database.write(migrate.upgrade, "0009")
    await database.write(lambda change: [change.connection.exec_driver_sql(each) for each in RULES_OF_0009])
    await database.write(migrate.upgrade)
    book = await database.read(rules.current)
    assert (book.number, book.author) == (1, "system")
    assert [(row.name, row.conditions, row.actions) for row in book.rules] == [
        ("退款", {"words": ["退款"]}, {"queue": "care"}),
        ("rest", {}, {"queue": "care"}),
    ]
    await database.close()


PROMISES_OF_0038 = (
    "INSERT INTO queues (id, name, created_at) VALUES ('care', 'Care', 0)",
    "UPDATE conversations SET queue_id = 'care'",
    'INSERT INTO deadlines (id, conversation_id, kind, policy_id, started_at, used, "limit")'
    " VALUES ('by policy', 'w', 'first reply', 'p', 0, 0, 0), ('agreed', 'w', 'promise', '', 0, 0, 0)",
)


async def test_what_was_promised_before_reports_counts_where_the_conversation_is(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    await database.write(migrate.upgrade, "0038")
    await database.write(_as_it_was_in_0001)
    await database.write(lambda change: [change.connection.exec_driver_sql(each) for each in PROMISES_OF_0038])
    await database.write(migrate.upgrade)
    found = await database.read(deadlines.of_conversations, [ConversationId("w")])
    assert [(each.id, each.account_id, each.queue_id) for each in found] == [
        ("agreed", None, None),
        ("by policy", "w", "care"),
    ]
    await database.close()


FAULTS_OF_0039 = (
    "INSERT INTO users (id, login, name, role, password_hash, language, time_zone, capacity, enabled, failures, state,"
    " state_since, state_reason, created_at)"
    " VALUES ('ann', 'ann', 'Ann', 'agent', '', 'en', 'UTC', 3, TRUE, 0, 'ready', 0, '', 0)",
    "INSERT INTO calendars (id, name, time_zone, country, week, exceptions) VALUES ('c', 'c', 'UTC', '', '[]', '{}')",
    "INSERT INTO machines (id, name, site, calendar_id) VALUES ('m', 'ATM', 'branch', 'c')",
    "INSERT INTO faults (id, conversation_id, machine_id, fault, urgency, reason, reported_at, reported_by)"
    " VALUES ('f', 'w', 'm', 'swallowed card', 'ordinary', '', 0, 'ann')",
    'INSERT INTO deadlines (id, conversation_id, kind, policy_id, started_at, used, "limit")'
    " VALUES ('of the fault', 'w', 'fault', '', 0, 0, 0), ('agreed', 'w', 'promise', '', 0, 0, 0)",
)


async def test_a_fault_from_before_there_could_be_several_keeps_its_time(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    await database.write(migrate.upgrade, "0039")
    await database.write(_as_it_was_in_0001)
    await database.write(lambda change: [change.connection.exec_driver_sql(each) for each in FAULTS_OF_0039])
    await database.write(migrate.upgrade)
    found = await database.read(deadlines.of_conversations, [ConversationId("w")])
    (fault,) = await database.read(faults.unsettled, ConversationId("w"))
    assert (fault.id, [(each.id, each.about) for each in found]) == ("f", [("agreed", ""), ("of the fault", "f")])
    await database.close()
