"""The bell: every process hears of news at once, and whispers are heard everywhere once, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from runtime.bell import MOST_WHISPERS, Bell, Whisper
from runtime.loops import background
from tests.support.eventually import soon

NOBODY = "redis://127.0.0.1:1/0"


class Process:
    """A bell, and what was heard through it."""

    def __init__(self, url: str) -> None:
        self.bell = Bell(url)
        self.rings = 0
        self.whispers: list[Whisper] = []
        self.bell.on_ring(self._ring)
        self.bell.on_whisper(self.whispers.append)

    def _ring(self) -> None:
        self.rings += 1


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Process]:
    """A process that hears by now."""
    process = Process(url)
    async with background(process.bell.run):
        await soon(lambda: process.rings == 1, "the bell listens")
        yield process
    await process.bell.close()


async def test_a_ring_is_heard_by_the_others_and_not_by_oneself(redis_url: str) -> None:
    async with listening(redis_url) as one, listening(redis_url) as other:
        one.bell.ring()
        await soon(lambda: other.rings == 2, "the other heard it")

    assert one.rings == 1


async def test_a_whisper_is_heard_once_in_every_process(redis_url: str) -> None:
    said = [{"who": "agent", "n": str(number)} for number in range(3)]
    async with listening(redis_url) as one, listening(redis_url) as other:
        for whisper in said:
            one.bell.whisper(whisper)
        assert one.whispers == said
        await soon(lambda: other.whispers == said, "the other heard it")

    assert one.whispers == said
    assert other.rings == 1


async def test_without_redis_whispers_stay_here_and_do_not_pile_up() -> None:
    process = Process(NOBODY)
    async with background(process.bell.run):
        for number in range(MOST_WHISPERS + 10):
            process.bell.whisper({"n": str(number)})
        await asyncio.sleep(0)

    assert len(process.whispers) == MOST_WHISPERS + 10
    await process.bell.close()


@pytest.mark.parametrize("text", ["正在输入", '"', "\n", ""])
async def test_any_words_can_be_whispered(redis_url: str, text: str) -> None:
    async with listening(redis_url) as one, listening(redis_url) as other:
        one.bell.whisper({"text": text})
        await soon(lambda: other.whispers == [{"text": text}], "the other heard it")
