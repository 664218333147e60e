"""Many rows at once: what goes in comes out, and no table is read from end to end for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, select

from conversations.ids import AccountId
from storage import contacts, conversations, joining, messages
from storage.bulk import Bulk
from storage.database import Transaction
from storage.lookups import Lookup, among, texts
from storage.tables import contacts as table
from tests.support.builders import NOW, a_contact, open_database

NAMES = ["Li Lei", "李雷", "O'Neil", 'say "hi"', "back\\slash", "", "line\nbreak", "🙂"]

_BY_NAME = Lookup(
    select(table.c.name, table.c.merged_into, table.c.created_at).where(among(table.c.name, texts("names")))
)

_RENAME = Bulk.update(table, "name", "language")


async def test_rows_come_out_as_they_went_in(database_url: str) -> None:
    """Quotes, line breaks, no text at all, nothing, moments."""
    async with open_database(database_url) as database:
        people = [a_contact(name=name) for name in NAMES]
        await database.write(contacts.add, people)
        found = await database.read(lambda connection: _BY_NAME.run(connection, names=NAMES))
        assert sorted(found) == sorted([name, None, NOW] for name in NAMES)
        assert await database.read(contacts.many, [each.id for each in people]) == {each.id: each for each in people}


async def test_each_row_is_changed_by_its_own_values(database_url: str) -> None:
    async with open_database(database_url) as database:
        first, second, third = people = [a_contact() for _ in range(3)]
        await database.write(contacts.add, people)
        rows = [{"id": first.id, "name": "一", "language": "zh-CN"}, {"id": second.id, "name": "two", "language": "en"}]
        await database.write(lambda transaction: _RENAME.run(transaction.connection, rows))
        found = await database.read(contacts.many, [each.id for each in people])
        expected = [("一", "zh-CN"), ("two", "en"), (third.name, third.language)]
        assert [(found[each.id].name, found[each.id].language) for each in people] == expected


async def test_nothing_given_is_nothing_found(database_url: str) -> None:
    async with open_database(database_url) as database:
        assert await database.read(lambda connection: _BY_NAME.run(connection, names=[])) == []


async def test_finding_many_reads_no_table_from_end_to_end(sqlite_url: str) -> None:
    """It did: a lookup of fifty keys took longer with every message that was stored."""
    async with open_database(sqlite_url) as database:
        plans = await database.write(_plans)
    scanned = [step for step in plans if step.startswith("SCAN") and "json_each" not in step and "anon" not in step]
    assert plans
    assert scanned == []


def _plans(transaction: Transaction) -> list[str]:
    """How SQLite goes about the lookups of intake and of the screens."""
    connection = transaction.connection
    with _listening(connection) as statements:
        messages.known_keys(connection, [(AccountId("hall"), "1")])
        messages.many(connection, [])
        contacts.by_addresses(transaction, [])
        joining.joinable(transaction, [])
        joining.standing(transaction, [])
        conversations.many(connection, [])
    return [
        step
        for statement, parameters in statements
        for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]


@contextmanager
def _listening(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are executed meanwhile, with their parameters."""
    heard: list[tuple[str, Any]] = []

    def hear(connection: Connection, cursor: object, statement: str, parameters: Any, *rest: object) -> None:
        heard.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(connection, "before_cursor_execute", hear)
