"""Waiting for a fact: look, and look again, until it holds or the time is up."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds after which a fact that should come is missing; nothing waits for them where all is well."""

LOOK_EVERY = 0.05


async def soon(look: Callable[[], T | None], about: str, within: float = PATIENCE) -> T:
    """The first answer of `look` that is true or not empty. Fails with the last one after `within` seconds."""

    async def ask() -> T | None:
        return look()

    return await eventually(ask, about, within)


async def eventually(look: Callable[[], Awaitable[T | None]], about: str, within: float = PATIENCE) -> T:
    """The same for what has to be asked for."""
    ends = time.monotonic() + within
    while True:
        if found := await look():
            return found
        if time.monotonic() > ends:
            raise AssertionError(f"{about}: still {found!r} after {within:.0f} s")
        await asyncio.sleep(LOOK_EVERY)
