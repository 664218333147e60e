"""The promises of reading and writing."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from conversations.address import phone_address
from conversations.conversation import Contact
from conversations.ids import ContactId
from storage import contacts, queues
from storage.database import ATTEMPTS, Database, DatabaseUnavailable, Transaction
from tests.support.builders import NOW, a_contact, open_database

ADDRESS = phone_address("+8613800000000")


def introduce(transaction: Transaction, contact: Contact) -> ContactId:
    """Whose address it is: as several gateways ask at the same instant, each with a new contact in hand."""
    known = contacts.by_addresses(transaction.connection, [ADDRESS]).get(ADDRESS)
    if transaction.connection.dialect.name == "postgresql":
        # Long enough for everybody to have looked before anybody writes; on SQLite they queue by themselves.
        transaction.connection.execute(text("SELECT pg_sleep(0.1)"))
    if known is not None:
        return known
    contacts.add(transaction, [contact])
    contacts.add_identities(transaction, [(ADDRESS, contact.id)], "first message", NOW)
    return contact.id


async def test_a_change_that_loses_a_race_is_run_again_and_sees_the_winner(database_url: str) -> None:
    async with open_database(database_url) as first, open_database(database_url) as second:
        rivals = [a_contact() for _ in range(6)]
        owners = await asyncio.gather(
            *((first, second)[number % 2].write(introduce, rival) for number, rival in enumerate(rivals))
        )
        stored = await first.read(contacts.many, [rival.id for rival in rivals])
    assert len(set(owners)) == 1
    assert list(stored) == [owners[0]]


async def test_a_change_that_can_never_succeed_is_given_up_and_leaves_nothing(database_url: str) -> None:
    tries: list[int] = []

    def add_twice(transaction: Transaction) -> None:
        tries.append(len(tries))
        for _ in range(2):
            queues.add(transaction, "sales", NOW, "test")

    async with open_database(database_url) as database:
        with pytest.raises(IntegrityError):
            await database.write(add_twice)
        assert await database.read(queues.listed) == []
    assert len(tries) == ATTEMPTS


async def test_a_database_that_is_not_there_is_unavailable(unused_tcp_port: int) -> None:
    database = Database(f"postgresql://127.0.0.1:{unused_tcp_port}/huiliu")
    with pytest.raises(DatabaseUnavailable):
        await database.read(queues.listed)
    await database.close()


async def test_a_database_that_refuses_connections_is_unavailable(postgresql_url: str) -> None:
    database = Database(postgresql_url.replace("/test_", "/missing_"))
    with pytest.raises(DatabaseUnavailable):
        await database.read(queues.listed)
    await database.close()
