"""Endless loops beside the work of a process."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)

Loop = Callable[[], Coroutine[Any, Any, None]]

RESTART_SECONDS = 1.0


@contextlib.asynccontextmanager
async def background(loop: Loop) -> AsyncIterator[None]:
    """Run an endless loop beside the body. One that breaks is reported and begins again."""
    task = asyncio.create_task(_again_and_again(loop))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _again_and_again(loop: Loop) -> None:
    while True:
        try:
            await loop()
        except Exception:  # a fault of ours; the process stays useful, and the log is loud
            log.exception("a background loop broke and begins again")
        await asyncio.sleep(RESTART_SECONDS)
