"""How providers call the product: with a deadline, again when they are not content, every answer into the books."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp

from conversations.clock import Clock
from lab.books import Answered, Books, Outcome

EXCERPT = 300
FETCH_PATIENCE = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, kw_only=True)
class Post:
    """One HTTP request to the product."""

    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Push:
    """Something the product must be told. `about` is the id of the `Said` or `Reported`.

    `compose` makes each delivery anew, since nonce and timestamp differ; `content` judges the answer; `pauses` are the
    seconds from the start of a delivery to the start of the next one.
    """

    about: str
    compose: Callable[[], Post]
    content: Callable[[int, bytes], bool]
    deadline: float
    pauses: tuple[float, ...]
    thrice: bool = False


@dataclass(frozen=True)
class Fetched:
    """A file of the product, and what it says that this is."""

    mime: str
    content: bytes


class Webhooks:
    """The one way out to the product's HTTP door."""

    def __init__(self, http: aiohttp.ClientSession, books: Books, clock: Clock) -> None:
        self._http = http
        self._books = books
        self._clock = clock

    async def push(self, push: Push) -> bytes | None:
        """Deliver until the product is content or the provider gives up; the body of the answer that was accepted."""
        if push.thrice:
            bodies = await asyncio.gather(*(self._deliver(push, attempt) for attempt in (1, 2, 3)))
            return next((body for body in bodies if body is not None), None)
        return await self._persist(push)

    async def fetch(self, url: str, most_bytes: int) -> Fetched | None:
        """What the product hands out at an address, of at most one byte too many; None if it does not."""
        try:
            async with self._http.get(url, timeout=FETCH_PATIENCE, allow_redirects=False) as response:
                content = await _read(response.content, most_bytes + 1)
                return Fetched(response.content_type, content) if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None

    async def _persist(self, push: Push) -> bytes | None:
        for attempt, pause in enumerate((*push.pauses, 0.0), start=1):
            next_at = time.monotonic() + pause
            body = await self._deliver(push, attempt)
            if body is not None:
                return body
            await asyncio.sleep(next_at - time.monotonic())
        return None

    async def _deliver(self, push: Push, attempt: int) -> bytes | None:
        """One delivery; the body if the product took it."""
        started = time.monotonic()
        outcome, status, body = await self._post(push)
        self._books.write(
            Answered(
                to=push.about,
                at=self._clock(),
                attempt=attempt,
                outcome=outcome,
                status=status,
                text=body.decode(errors="replace")[:EXCERPT],
                milliseconds=round((time.monotonic() - started) * 1000),
            )
        )
        return body if outcome is Outcome.TAKEN else None

    async def _post(self, push: Push) -> tuple[Outcome, int, bytes]:
        post = push.compose()
        timeout = aiohttp.ClientTimeout(total=push.deadline)
        headers = {**post.headers, "Content-Type": post.content_type}
        try:
            async with self._http.post(
                post.url, params=post.query, data=post.body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                body = await response.read()
        except TimeoutError:
            return Outcome.TIMED_OUT, 0, b""
        except aiohttp.ClientError as error:
            return Outcome.UNREACHABLE, 0, str(error).encode()
        content = push.content(response.status, body)
        return (Outcome.TAKEN if content else Outcome.REFUSED), response.status, body


async def _read(stream: aiohttp.StreamReader, most: int) -> bytes:
    content = b""
    while len(content) < most and (chunk := await stream.read(most - len(content))):
        content += chunk
    return content
