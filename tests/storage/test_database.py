"""The promises of reading and writing."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from conversations.ids import QueueId
from storage import queues
from storage.database import ATTEMPTS, Database, DatabaseUnavailable, Transaction
from tests.support.builders import NOW, open_database
from tests.support.postgres import running_postgres
from tests.support.schema import migrated


def find_or_make(transaction: Transaction, name: str) -> QueueId:
    """What several gateways do at the same instant: look, find nothing, write what must be there once."""
    known = {queue.name: queue.id for queue in queues.listed(transaction.connection)}
    if transaction.connection.dialect.name == "postgresql":
        # Long enough for everybody to have looked before anybody writes; on SQLite they queue by themselves.
        transaction.connection.execute(text("SELECT pg_sleep(0.1)"))
    return known[name] if name in known else queues.add(transaction, name, NOW, "test")


async def test_a_change_that_loses_a_race_is_run_again_and_sees_the_winner(database_url: str) -> None:
    async with open_database(database_url) as first, open_database(database_url) as second:
        found = await asyncio.gather(
            *(database.write(find_or_make, "sales") for database in (first, second) for _ in range(3))
        )
        stored = await first.read(queues.listed)
    assert [queue.id for queue in stored] == list(set(found))


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


async def test_a_database_that_crashed_is_used_again_when_it_is_back() -> None:
    with tempfile.TemporaryDirectory(prefix="huiliu-") as folder, running_postgres(Path(folder) / "server") as server:
        url = server.url(await server.create_database())
        await migrated(url)
        async with open_database(url) as database:
            await database.write(queues.add, "sales", NOW, "test")
            assert await names(database) == ["sales"]
            await server.crash()
            assert await names(database) == ["sales"]
            await database.write(queues.add, "support", NOW, "test")
            assert await names(database) == ["sales", "support"]


async def names(database: Database) -> list[str]:
    return sorted(queue.name for queue in await database.read(queues.listed))
