"""A session with a short message centre: many requests on their way over one connection, each answered by its number.

SMPP and CMPP share this shape: each frame begins with its own length and a command, of which the highest bit marks an
answer, and the last four bytes of its header number it. What a frame means is its `Dialect`'s business.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from conversations.errors import ProviderUnavailable, UnknownOutcome

LONGEST_FRAME = 128 * 1024
"""Bytes. Both protocols end at about 64 KiB; whoever announces more speaks another language."""

MOST_NEWS = 200
"""Requests of the other side that are taken at once, and that wait unread before we stop reading."""

LARGEST_NUMBER = 0x7FFFFFFF

_ANSWER = 0x80
"""The highest bit of a command, in its first byte."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a protocol says what every session needs.

    `header` is its length in bytes. `keep_alive` and `farewell` make the requests with a number. `routine` is the
    answer to a request of the other side that needs no thought, None for news; `is_farewell` tells what ends it all.
    """

    header: int
    keep_alive: Callable[[int], bytes]
    farewell: Callable[[int], bytes]
    routine: Callable[[bytes], bytes | None]
    is_farewell: Callable[[bytes], bool]

    def number(self, frame: bytes) -> int:
        """The number by which request and answer know each other."""
        return int.from_bytes(frame[self.header - 4 : self.header])


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How many requests may wait for their answer at once, and for how many seconds what is waited for.

    `place`: until one of those who wait has its answer.
    """

    window: int = 10
    connect: float = 10.0
    place: float = 10.0
    answer: float = 60.0
    keep_alive: float = 30.0
    farewell: float = 3.0


class Session:
    """One connection. Made by `open_session`, which reads and keeps it alive meanwhile."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dialect: Dialect, pace: Pace, name: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._dialect = dialect
        self._pace = pace
        self._name = name
        self._places = asyncio.Semaphore(pace.window)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._news: asyncio.Queue[bytes] = asyncio.Queue(MOST_NEWS)
        self._ended = asyncio.Event()
        self._followers: list[Session] = []
        self._number = 0

    async def ask(self, request: Callable[[int], bytes]) -> bytes:
        """Send the request that is made for a number, and return the frame that answers it.

        Raises `ProviderUnavailable` if nothing was sent, `UnknownOutcome` if it was and no answer came.
        """
        try:
            async with asyncio.timeout(self._pace.place):
                await self._places.acquire()
        except TimeoutError:
            raise ProviderUnavailable(f"{self._name} takes nothing more at the moment") from None
        try:
            return await self._exchange(request)
        finally:
            self._places.release()

    def end_with(self, other: "Session") -> None:
        """Be over when the other one is."""
        other._followers.append(self)

    def say(self, frame: bytes) -> None:
        """Send an answer, which nobody answers."""
        if not self._ended.is_set():
            self._writer.write(frame)

    async def news(self) -> list[bytes]:
        """Wait for requests of the other side; all there are. Raises `ProviderUnavailable` when the session is over."""
        frames = [await self._next_news()]
        while not self._news.empty():
            frames.append(self._news.get_nowait())
        return frames

    async def _next_news(self) -> bytes:
        heard, ended = asyncio.ensure_future(self._news.get()), asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait((heard, ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            heard.cancel()
            ended.cancel()
        if not heard.done():
            raise self._over()
        return heard.result()

    async def _exchange(self, request: Callable[[int], bytes]) -> bytes:
        if self._ended.is_set() or self._writer.is_closing():
            raise self._over()
        number = self._next_number()
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._writer.write(request(number))
            async with asyncio.timeout(self._pace.answer):
                return await answer
        except TimeoutError:
            raise UnknownOutcome(f"{self._name} did not answer within {self._pace.answer:.0f} seconds") from None
        finally:
            del self._waiting[number]

    def _next_number(self) -> int:
        self._number = self._number % LARGEST_NUMBER + 1
        return self._number

    async def read(self) -> None:
        """Give each answer to who waits for it, until the connection ends."""
        try:
            while not self._ended.is_set():
                await self._take(await self._frame())
        except (asyncio.IncompleteReadError, OSError, _Gibberish):
            pass
        finally:
            self._end()

    async def _frame(self) -> bytes:
        length = await self._reader.readexactly(4)
        rest = int.from_bytes(length) - 4
        if not self._dialect.header - 4 <= rest <= LONGEST_FRAME:
            raise _Gibberish
        return length + await self._reader.readexactly(rest)

    async def _take(self, frame: bytes) -> None:
        if frame[4] & _ANSWER:
            self._answered(frame)
        elif (answer := self._dialect.routine(frame)) is not None:
            self.say(answer)
        else:
            await self._news.put(frame)
        if self._dialect.is_farewell(frame):
            self._end()

    def _answered(self, frame: bytes) -> None:
        """Answers that come after their time find nobody."""
        waiting = self._waiting.get(self._dialect.number(frame))
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    async def stay_alive(self) -> None:
        """Ask for a sign of life again and again; without one the session is over."""
        with suppress(ProviderUnavailable, UnknownOutcome):
            while True:
                await asyncio.sleep(self._pace.keep_alive)
                await self._exchange(self._dialect.keep_alive)
        self._end()

    async def close(self) -> None:
        """Say farewell, if anybody listens, and hang up."""
        with suppress(ProviderUnavailable, UnknownOutcome, TimeoutError):
            async with asyncio.timeout(self._pace.farewell):
                await self._exchange(self._dialect.farewell)
        self._end()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._pace.farewell):
                await self._writer.wait_closed()

    def _end(self) -> None:
        self._ended.set()
        self._writer.close()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(UnknownOutcome(f"{self._name} hung up before it answered"))
        for follower in self._followers:
            follower._end()

    def _over(self) -> ProviderUnavailable:
        return ProviderUnavailable(f"The connection with {self._name} has ended")


class _Gibberish(Exception):
    """No frame can have this length; where the next one begins cannot be known."""


@asynccontextmanager
async def open_session(
    host: str, port: int, dialect: Dialect, pace: Pace, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Session]:
    """A session for as long as the block lasts. Raises `ProviderUnavailable` if nobody can be reached."""
    session = Session(*await _connect(host, port, pace, tls), dialect, pace, f"{host}:{port}")
    tasks = [asyncio.create_task(session.read()), asyncio.create_task(session.stay_alive())]
    try:
        yield session
    finally:
        await session.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _connect(
    host: str, port: int, pace: Pace, tls: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(pace.connect):
            return await asyncio.open_connection(host, port, ssl=tls)
    except (OSError, TimeoutError) as error:
        raise ProviderUnavailable(f"{host}:{port} cannot be reached ({type(error).__name__})") from None
