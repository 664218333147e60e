"""Group commit: what arrives while one transaction is being written goes together into the next."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from storage.database import DatabaseUnavailable

Item = TypeVar("Item")

log = logging.getLogger(__name__)

MOST = 500
"""Items in one transaction; more wait for the next."""


class GroupCommit(Generic[Item]):
    """Many callers, few transactions.

    One fsync serves everybody who is waiting; nobody is answered before it. An item that makes its group fail is
    written alone, so that it fails alone.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], Awaitable[None]]) -> None:
        self._commit = commit
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> None:
        """Return when the item is committed. Raises what committing it raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._write_group(group)
        self._writer = None

    async def _write_group(self, group: list[tuple[Item, asyncio.Future[None]]]) -> None:
        error = await self._try([item for item, _ in group])
        if error is None or len(group) == 1 or isinstance(error, DatabaseUnavailable):
            for _, done in group:
                _settle(done, error)
            return
        log.warning("a group of %d could not be committed, writing each alone", len(group), exc_info=error)
        for each in group:
            await self._write_group([each])

    async def _try(self, items: Sequence[Item]) -> Exception | None:
        try:
            await self._commit(items)
        except Exception as error:  # whatever it is belongs to the callers who wait
            return error
        return None


class Lanes(Generic[Item]):
    """Group commits side by side: while one waits for the database, another is made ready.

    Items with the same key go into the same lane, and so are committed in the order in which they came.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], Awaitable[None]], count: int) -> None:
        self._lanes = [GroupCommit(commit) for _ in range(count)]

    async def submit(self, key: str, item: Item) -> None:
        """Return when the item is committed. Raises what committing it raised."""
        await self._lanes[hash(key) % len(self._lanes)].submit(item)


def _settle(done: asyncio.Future[None], error: Exception | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
