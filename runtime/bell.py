"""The bell: Redis tells the other processes to look into the database now, and passes whispers on.

A ring says nothing but "look", and who says it; a bell that is missed costs the second after which everybody looks by
themselves. A whisper is what is over in seconds and never stored: one that is missed is no loss.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from conversations.ids import new_id

log = logging.getLogger(__name__)

RINGS = b"huiliu:bell"
WHISPERS = b"huiliu:whispers"
RETRY_SECONDS = 1.0

MOST_WHISPERS = 500
"""Whispers that wait for Redis; those beyond are too late to be of use."""

Whisper = Mapping[str, str]


class Bell:
    """Rings in every other process that listens, and whispers in every process."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=2.0)
        self._name = new_id().encode()
        self._ringers: list[Callable[[], None]] = []
        self._hearers: list[Callable[[Whisper], None]] = []
        self._due = asyncio.Event()
        self._whispers: asyncio.Queue[bytes] = asyncio.Queue(MOST_WHISPERS)
        self.connected = False

    def on_ring(self, ringer: Callable[[], None]) -> None:
        """Call this when another process committed something."""
        self._ringers.append(ringer)

    def on_whisper(self, hearer: Callable[[Whisper], None]) -> None:
        """Call this with what any process whispers, this one included."""
        self._hearers.append(hearer)

    def ring(self) -> None:
        """Something was committed here: wake the others through Redis."""
        self._due.set()

    def whisper(self, whisper: Whisper) -> None:
        """Tell this process at once, and the others through Redis."""
        self._pass_on(whisper)
        with contextlib.suppress(asyncio.QueueFull):
            self._whispers.put_nowait(self._name + orjson.dumps(whisper))

    async def run(self) -> None:
        """Listen and publish until cancelled. Without Redis nobody hears the bell."""
        await asyncio.gather(self._listen(), self._publish_rings(), self._publish_whispers())

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(RINGS, WHISPERS)
                    self.connected = True
                    async for message in subscription.listen():
                        self._hear(message)
            except (RedisError, OSError) as error:
                if self.connected:
                    log.warning("Redis is away, screens and jobs of other processes hear of news later: %s", error)
                self.connected = False
                await asyncio.sleep(RETRY_SECONDS)

    def _hear(self, message: Mapping[str, Any]) -> None:
        """What came from here was heard here already. A subscription that begins may have missed a ring."""
        channel, data = message["channel"], message["data"]
        if channel == RINGS and data != self._name:
            self._call()
        elif message["type"] == "message" and channel == WHISPERS and not data.startswith(self._name):
            self._pass_on(orjson.loads(data[len(self._name) :]))

    async def _publish_rings(self) -> None:
        while True:
            await self._due.wait()
            # Cleared before publishing: what is committed meanwhile rings once more.
            self._due.clear()
            await self._publish(RINGS, self._name)

    async def _publish_whispers(self) -> None:
        while True:
            await self._publish(WHISPERS, await self._whispers.get())

    async def _publish(self, channel: bytes, data: bytes) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._redis.publish(channel, data)

    def _call(self) -> None:
        for ringer in self._ringers:
            ringer()

    def _pass_on(self, whisper: Whisper) -> None:
        for hearer in self._hearers:
            hearer(whisper)
