"""Today's schema, made once for a test process and copied: nearly every test is about something else."""

import tempfile
from pathlib import Path

from storage import migrate
from storage.database import Database

_SQLITE = "sqlite:///"

_made: list[bytes] = []


async def migrated(url: str) -> None:
    """Bring a database to today's schema."""
    database = Database(url)
    try:
        await database.write(migrate.upgrade)
    finally:
        await database.close()


async def prepared(url: str) -> None:
    """See to it that a database of a test has today's schema; on PostgreSQL it comes with it."""
    file = Path(url.removeprefix(_SQLITE))
    if not url.startswith(_SQLITE) or file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(await _sqlite_file())


async def _sqlite_file() -> bytes:
    if not _made:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "huiliu.db"
            await migrated(f"{_SQLITE}{file}")
            _made.append(file.read_bytes())
    return _made[0]
