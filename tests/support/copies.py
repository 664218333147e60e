"""Databases like one original, lent to one test after the other.

To make a database takes PostgreSQL a quarter of a second; to throw away what a test wrote takes it a hundredth of that.
"""

from io import BytesIO

import asyncpg

from tests.support.postgres import PostgresServer

LEAVING = 10_000
"""Milliseconds that somebody who is still connected has for leaving."""


class Copies:
    """Lends copies of a database that nobody is connected to."""

    def __init__(self, server: PostgresServer, original: str) -> None:
        self._server = server
        self._original = original
        self._free: list[str] = []
        self._tables: list[str] = []
        self._rows: dict[str, bytes] = {}
        self._sequences: dict[str, tuple[int, bool]] = {}

    async def learn(self) -> None:
        """See what the original holds."""
        connection = await asyncpg.connect(self._server.url(self._original))
        try:
            tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            self._tables = [table for (table,) in tables]
            for table in self._tables:
                rows = BytesIO()
                await connection.copy_from_table(table, output=rows)
                if rows.tell():
                    self._rows[table] = rows.getvalue()
            sequences = await connection.fetch("SELECT sequencename, last_value, start_value FROM pg_sequences")
            self._sequences = {name: (last or start, last is not None) for name, last, start in sequences}
        finally:
            await connection.close()

    async def lend(self) -> str:
        """The name of a database that is like the original, until it is given back."""
        return self._free.pop() if self._free else await self._server.copy_database(self._original)

    async def take_back(self, name: str) -> None:
        """Disconnect whoever is left, and make the database like the original again."""
        connection = await asyncpg.connect(self._server.url(name))
        try:
            await connection.fetch(
                "SELECT pg_terminate_backend(pid, $2) FROM pg_stat_activity"
                " WHERE datname = $1 AND pid <> pg_backend_pid()",
                name,
                LEAVING,
            )
            async with connection.transaction():
                await self._restore(connection)
        finally:
            await connection.close()
        self._free.append(name)

    async def _restore(self, connection: asyncpg.Connection) -> None:
        # Foreign keys are not asked: when all is done, everything is as it was.
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(";".join(f'DELETE FROM "{table}"' for table in self._tables))  # noqa: S608  # ours
        for table, rows in self._rows.items():
            await connection.copy_to_table(table, source=BytesIO(rows))
        for sequence, (value, is_used) in self._sequences.items():
            await connection.execute("SELECT setval($1::text::regclass, $2, $3)", sequence, value, is_used)
