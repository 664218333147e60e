"""The load: a process of its own that sends signed webhooks, and listens at the agent's socket.

python -m tests.bench.load < job.json > result.json
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from time import perf_counter

import aiohttp
import orjson
import uvloop

from tests.bench.posts import Post, posts
from tests.bench.stage import DESK

CONNECTIONS = 100
"""Kept open; on each of them one request at a time is on its way."""

TICK = 0.001
"""Seconds between two looks at what is due."""

PATIENCE = 20.0
"""Seconds that the last answers and frames may take."""


@dataclass(frozen=True)
class Job:
    """What to do for so many seconds. `first` is the lowest message id: no two jobs may share one.

    Without a `pace` (messages a second) each connection sends again as soon as it has its answer. With a `socket`
    (its path) the time from when a message was due to its frame is taken.
    """

    port: int
    seconds: float
    first: int
    pace: float = 0.0
    socket: str = ""
    cookie: str = ""


@dataclass
class Result:
    """How many webhooks were answered in how many seconds, and how long messages needed to the socket."""

    answered: int = 0
    seconds: float = 0.0
    to_socket: list[float] = field(default_factory=list)


class Load:
    """One job while it runs."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._posts = posts(job.first)
        self._result = Result()
        self._due: dict[str, float] = {}
        self._frame = asyncio.Event()

    async def run(self) -> Result:
        """Send, and wait until everything is answered and seen."""
        start = perf_counter()
        async with self._listening():
            await (self._keep_pace(start) if self._job.pace else self._flood(start))
            self._result.seconds = perf_counter() - start
        return self._result

    async def _flood(self, start: float) -> None:
        end = start + self._job.seconds
        wanted = iter(lambda: next(self._posts) if perf_counter() < end else None, None)
        async with asyncio.TaskGroup() as lines:
            for _ in range(CONNECTIONS):
                lines.create_task(self._send_all(wanted))

    async def _send_all(self, wanted: Iterator[Post | None]) -> None:
        async with self._connection() as (reader, writer):
            for post in wanted:
                assert post is not None
                await self._send(reader, writer, post)

    async def _keep_pace(self, start: float) -> None:
        """A message that finds no free connection waits, and its waiting counts."""
        waiting: asyncio.Queue[Post] = asyncio.Queue()
        async with asyncio.TaskGroup() as lines:
            tasks = [lines.create_task(self._send_waiting(waiting)) for _ in range(CONNECTIONS)]
            sent = 0
            while (now := perf_counter() - start) < self._job.seconds:
                for post in [next(self._posts) for _ in range(int(now * self._job.pace) - sent)]:
                    sent += 1
                    waiting.put_nowait(post)
                    if post.account == DESK:
                        self._due[post.key] = perf_counter()
                await asyncio.sleep(TICK)
            await waiting.join()
            for task in tasks:
                task.cancel()

    async def _send_waiting(self, waiting: asyncio.Queue[Post]) -> None:
        async with self._connection() as (reader, writer):
            while True:
                await self._send(reader, writer, await waiting.get())
                waiting.task_done()

    async def _send(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, post: Post) -> None:
        writer.write(post.request)
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(answer.decode())
        await reader.readexactly(len("success"))
        self._result.answered += 1

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._job.port)
        try:
            yield reader, writer
        finally:
            writer.close()

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        """The agent's screen, when one is wanted; it stays until it has seen everything."""
        if not self._job.socket:
            yield
            return
        url = f"http://127.0.0.1:{self._job.port}"
        headers = {"Cookie": f"huiliu={self._job.cookie}", "Origin": url}
        async with aiohttp.ClientSession(url, headers=headers) as http, http.ws_connect(self._job.socket) as socket:
            listening = asyncio.create_task(self._listen(socket))
            yield
            async with asyncio.timeout(PATIENCE):
                while self._due:
                    self._frame.clear()
                    await self._frame.wait()
            listening.cancel()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for text in socket:
            frame, now = orjson.loads(text.data), perf_counter()
            for message in frame.get("messages", ()):
                if message["key"] in self._due:
                    self._result.to_socket.append(now - self._due.pop(message["key"]))
            self._frame.set()


if __name__ == "__main__":
    job = Job(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(Load(job).run()))))
