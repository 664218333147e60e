"""The bell: Redis tells the other processes to look into the database now.

It says nothing but "look", and who says it; a bell that is missed costs the second after which everybody looks by
themselves.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from conversations.ids import new_id

log = logging.getLogger(__name__)

CHANNEL = "huiliu:bell"
RETRY_SECONDS = 1.0


class Bell:
    """Rings in every other process that listens."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=2.0)
        self._name = new_id().encode()
        self._ringers: list[Callable[[], None]] = []
        self._due = asyncio.Event()
        self.connected = False

    def on_ring(self, ringer: Callable[[], None]) -> None:
        """Call this when another process committed something."""
        self._ringers.append(ringer)

    def ring(self) -> None:
        """Something was committed here: wake the others through Redis."""
        self._due.set()

    async def run(self) -> None:
        """Listen and publish until cancelled. Without Redis nobody hears the bell."""
        await asyncio.gather(self._listen(), self._publish())

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    self.connected = True
                    async for message in subscription.listen():
                        # What we committed ourselves was heard at the commit.
                        if message["data"] != self._name:
                            self._call()
            except (RedisError, OSError) as error:
                if self.connected:
                    log.warning("Redis is away, screens and jobs of other processes hear of news later: %s", error)
                self.connected = False
                await asyncio.sleep(RETRY_SECONDS)

    async def _publish(self) -> None:
        while True:
            await self._due.wait()
            # Cleared before publishing: what is committed meanwhile rings once more.
            self._due.clear()
            with contextlib.suppress(RedisError, OSError):
                await self._redis.publish(CHANNEL, self._name)

    def _call(self) -> None:
        for ringer in self._ringers:
            ringer()
