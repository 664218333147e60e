"""Attachments: content-addressed files on disk, described in the database."""

import asyncio
import hashlib
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from conversations.ids import new_id
from conversations.parts import Media
from storage.database import Transaction
from storage.tables import attachments


class Files:
    """The bytes of attachments, named by their SHA-256. The same bytes are kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, content: bytes) -> str:
        """Keep bytes durably and return their digest."""
        return await asyncio.to_thread(self._save, content)

    async def load(self, digest: str) -> bytes:
        """The bytes again. Raises FileNotFoundError."""
        return await asyncio.to_thread(self._path(digest).read_bytes)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def _save(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if path.exists():
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{new_id()}")
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        for folder in (path.parent, self._folder):
            _sync(folder)
        return digest


def _sync(folder: Path) -> None:
    """Let the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def register(transaction: Transaction, media: list[Media], now: datetime) -> None:
    """Describe stored files; the first description of the same bytes stays."""
    if not media:
        return
    dialect = postgresql if transaction.connection.dialect.name == "postgresql" else sqlite
    transaction.connection.execute(
        dialect.insert(attachments).on_conflict_do_nothing(),
        [{"digest": each.digest, "mime": each.mime, "size": each.size, "created_at": now} for each in media],
    )


def mime_of(connection: Connection, digest: str) -> str | None:
    """What kind of file this is, or None when nobody ever sent it."""
    mime: str | None = connection.execute(
        select(attachments.c.mime).where(attachments.c.digest == digest)
    ).scalar_one_or_none()
    return mime
