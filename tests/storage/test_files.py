"""Attachments: bytes are kept once, durably, under their own digest."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from conversations.parts import Media, MediaType
from storage import files
from storage.database import Database
from storage.files import Files
from tests.support.builders import NOW, open_database

CONTENT = b"the same bytes"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


async def test_bytes_come_back_by_their_digest(tmp_path: Path) -> None:
    store = Files(tmp_path)
    assert await store.save(CONTENT) == DIGEST
    assert await store.load(DIGEST) == CONTENT


async def test_the_same_bytes_at_once_are_kept_once(tmp_path: Path) -> None:
    """Nothing unfinished stays behind."""
    digests = await asyncio.gather(*(Files(tmp_path).save(CONTENT) for _ in range(20)))
    assert set(digests) == {DIGEST}
    assert [path.name for path in sorted(tmp_path.rglob("*")) if path.is_file()] == [DIGEST]


async def test_bytes_that_nobody_saved_are_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await Files(tmp_path).load(DIGEST)


async def test_the_first_description_of_the_same_bytes_stays(database_url: str) -> None:
    described = [Media(MediaType.FILE, mime=mime, size=3, digest=DIGEST) for mime in ("image/png", "text/html")]
    async with open_database(database_url) as database:
        for media in described:
            await database.write(files.register, [media, media], NOW)
        assert await mime(database, DIGEST) == "image/png"
        assert await mime(database, "never sent") is None


async def mime(database: Database, digest: str) -> str | None:
    return await database.read(files.mime_of, digest)
